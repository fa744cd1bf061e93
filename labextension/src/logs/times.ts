/**
 * The time of a line as the person's clock shows it; with its day when that is another than today.
 */
export function formatLineTime(time: number, now: number): string {
  const date = new Date(time);
  const today = date.toDateString() === new Date(now).toDateString();
  return (today ? OF_TODAY : OF_ANOTHER_DAY).format(date);
}

/** The whole moment, for who wants to know it exactly. */
export function formatMoment(time: number): string {
  return EXACT.format(time);
}

const CLOCK = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit'
} as const;
const OF_TODAY = new Intl.DateTimeFormat([], CLOCK);
const OF_ANOTHER_DAY = new Intl.DateTimeFormat([], {
  ...CLOCK,
  month: 'short',
  day: 'numeric'
});
const EXACT = new Intl.DateTimeFormat([], {
  dateStyle: 'full',
  timeStyle: 'long'
});
