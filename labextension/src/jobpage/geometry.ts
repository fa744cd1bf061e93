/** The box that lines are drawn in; the style sheet stretches it. */
export const WIDTH = 240;
export const HEIGHT = 48;

/** The spans that a chart may show, in seconds: it grows with what there is to show. */
const SPANS = [60, 120, 300, 600, 900];

/**
 * A figure from a moment on, until the next one; null where there was none.
 */
export interface IPoint {
  time: number;
  value: number | null;
}

/**
 * What of time and size a chart shows.
 */
export interface IFrame {
  from: number;
  to: number;
  top: number;
}

/**
 * Seconds a chart shows whose first figure is `age` seconds old.
 */
export function spanOf(age: number): number {
  return SPANS.find(span => age <= span) ?? SPANS[SPANS.length - 1];
}

/**
 * A round figure at or above `value`: 1, 2 or 5 of its power of ten.
 */
export function roundUp(value: number): number {
  if (value <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 2, 5].map(step => step * power).find(each => each >= value) ??
    10 * power
  );
}

/**
 * The greatest figure in a frame; 0 where there is none.
 */
export function greatest(points: readonly IPoint[], from: number): number {
  return points.reduce((most, { value }, i) => {
    const until = points[i + 1]?.time ?? Infinity;
    return until > from ? Math.max(most, value ?? 0) : most;
  }, 0);
}

/**
 * The line of figures that hold until the next one, as SVG paths: the line and the area below it.
 */
export function paths(
  points: readonly IPoint[],
  frame: IFrame
): { line: string; area: string } {
  const { from, to, top } = frame;
  const x = (time: number): number =>
    round((WIDTH * (Math.min(Math.max(time, from), to) - from)) / (to - from));
  const y = (value: number): number =>
    round(HEIGHT * (1 - Math.min(Math.max(value, 0), top) / top));
  let line = '';
  let area = '';
  let start: number | null = null;
  points.forEach(({ time, value }, i) => {
    const until = points[i + 1]?.time ?? to;
    if (value === null || until < from || time > to) {
      return;
    }
    if (start === null) {
      start = x(time);
      line += `M${start} ${y(value)}`;
      area += `M${start} ${HEIGHT}V${y(value)}`;
    } else {
      line += `V${y(value)}`;
      area += `V${y(value)}`;
    }
    line += `H${x(until)}`;
    area += `H${x(until)}`;
    if ((points[i + 1]?.value ?? null) === null) {
      area += `V${HEIGHT}Z`;
      start = null;
    }
  });
  return { line, area };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
