import { DAY, EXACT_CLOCK, formatDate, MOMENT } from '../locale';

/**
 * The time of a line as the person's clock shows it; with its day when that is another than today.
 */
export function formatLineTime(time: number, now: number): string {
  const today = new Date(time).toDateString() === new Date(now).toDateString();
  return formatDate(time, today ? EXACT_CLOCK : OF_ANOTHER_DAY);
}

/** The whole moment, for who wants to know it exactly. */
export function formatMoment(time: number): string {
  return formatDate(time, MOMENT);
}

const OF_ANOTHER_DAY = { ...EXACT_CLOCK, ...DAY } as const;
