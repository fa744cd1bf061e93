/**
 * Dates and counts as the language of the page writes them, whatever the browser speaks.
 */

/**
 * The page's language, as JupyterLab sets it; in the browser's own variety, if it has one.
 *
 * So British readers of an English page get their 14:05, and no 02:05 PM.
 */
export function pageLocale(): string | undefined {
  const page = document.documentElement.lang;
  const language = page.split('-')[0];
  return (
    navigator.languages.find(tag => tag.split('-')[0] === language) ??
    (page || undefined)
  );
}

/**
 * A count with the separators of its thousands: `4,096`.
 */
export function formatCount(count: number): string {
  return count.toLocaleString(pageLocale());
}

/**
 * Several things side by side: `a, b`.
 */
export function formatList(parts: string[]): string {
  const options = { type: 'conjunction', style: 'narrow' } as const;
  return new Intl.ListFormat(pageLocale(), options).format(parts);
}

/**
 * A moment as `options` want it, which have to be a constant: what formats it is kept with them.
 */
export function formatDate(
  time: number | Date,
  options: Intl.DateTimeFormatOptions
): string {
  let format = FORMATS.get(options);
  if (!format) {
    format = new Intl.DateTimeFormat(pageLocale(), options);
    FORMATS.set(options, format);
  }
  return format.format(time);
}

const FORMATS = new WeakMap<object, Intl.DateTimeFormat>();

/** A time of day. */
export const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;

/** A time of day, to the second. */
export const EXACT_CLOCK = { ...CLOCK, second: '2-digit' } as const;

/** A day of this year. */
export const DAY = { month: 'short', day: 'numeric' } as const;

/** A moment in full. */
export const MOMENT = { dateStyle: 'full', timeStyle: 'long' } as const;
