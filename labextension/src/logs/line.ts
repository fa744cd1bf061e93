import { type ISpan, readAnsi } from './ansi';

/** How much a line matters. */
export type Severity = 'info' | 'warning' | 'error';

/** A line of a log. */
export interface ILine {
  /** When it was written, in milliseconds; NaN where it does not say. */
  readonly time: number;
  readonly severity: Severity;

  /** What is shown; the time is not in it. */
  readonly text: string;

  /** How much of the text is its level and who says it. */
  readonly head: number;
  readonly spans: readonly ISpan[];
}

/** How a line of the log begins: its time, its level, who says it. */
const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (?:([A-Z]+) [^:]*: )?/;

const SEVERITIES: Record<string, Severity> = {
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error'
};

/**
 * Read a line; one without a level belongs to the one before it, a traceback to its error.
 */
export function readLine(raw: string, before: Severity): ILine {
  const found = HEAD.exec(raw);
  const [whole, time, level] = found ?? ['', '', undefined];
  const start = time.length > 0 ? time.length + 1 : 0;
  const { text, spans } = readAnsi(raw.slice(start));
  return {
    time: time.length > 0 ? Date.parse(time) : NaN,
    severity: level === undefined ? before : (SEVERITIES[level] ?? 'info'),
    text,
    // What was written over took the head with it.
    head: text.startsWith(whole.slice(start)) ? whole.length - start : 0,
    spans
  };
}
