import React from 'react';

import { useView } from '../context';
import { formatDuration } from '../format';
import {
  greatest,
  HEIGHT,
  type IFrame,
  type IPoint,
  paths,
  WIDTH
} from './geometry';

/**
 * A line of a chart.
 */
export interface ILine {
  /** Its name; missing where a chart has one line only. */
  label?: string;
  points: IPoint[];
}

/**
 * What a chart is of.
 */
export interface IChart {
  id: string;
  title: string;
  lines: ILine[];

  /** A figure with its unit. */
  format: (value: number) => string;

  /** The figure at the upper edge for the greatest one shown. */
  top: (most: number) => number;

  /** A bound that is drawn across, and what it is. */
  bound?: { value: number; label: string };
}

/**
 * Figures of the last minutes as lines, with the present one beside the title.
 */
export function Chart(props: {
  chart: IChart;
  from: number;
  to: number;
}): React.ReactElement {
  const { trans } = useView();
  const { chart, from, to } = props;
  const { title, lines, format, bound } = chart;
  const most = Math.max(...lines.map(({ points }) => greatest(points, from)));
  const frame: IFrame = { from, to, top: chart.top(most) };
  const span = formatDuration(to - from, trans);
  const now = lines
    .map(({ label, points }) =>
      [present(points, format), label].filter(Boolean).join(' ')
    )
    .join(', ');
  const words = [
    trans.__('%1: %2 now', title, now),
    trans.__('at most %1 in the last %2', format(most), span),
    bound && trans.__('%1 %2', bound.label, format(bound.value))
  ].filter(Boolean);
  const edge = bound ? HEIGHT * (1 - bound.value / frame.top) : 0;
  return (
    <figure
      className="jp-sw-Chart"
      data-chart={chart.id}
      role="img"
      aria-label={words.join('; ')}
    >
      <figcaption>
        <span>{title}</span>
        <span className="jp-sw-Chart-now">
          {lines.map(({ label, points }, i) => (
            <span key={i} data-line={lines.length > 1 ? i : undefined}>
              {[present(points, format), label].filter(Boolean).join(' ')}
            </span>
          ))}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {bound && (
          <path className="jp-sw-Chart-bound" d={`M0 ${edge}H${WIDTH}`} />
        )}
        {lines.map(({ points }, i) => {
          const { line, area } = paths(points, frame);
          return (
            <g key={i} data-line={i}>
              <path className="jp-sw-Chart-area" d={area} />
              <path className="jp-sw-Chart-line" d={line} />
            </g>
          );
        })}
      </svg>
      <div className="jp-sw-Chart-scale">
        <span>{trans.__('last %1', span)}</span>
        <span>
          {bound
            ? trans.__('%1 %2', bound.label, format(bound.value))
            : trans.__('most %1', format(most))}
        </span>
      </div>
    </figure>
  );
}

/** The last figure, or a dash where there is none. */
function present(points: IPoint[], format: (value: number) => string): string {
  const value = points[points.length - 1]?.value ?? null;
  return value === null ? '–' : format(value);
}
