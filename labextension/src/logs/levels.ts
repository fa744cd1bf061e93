/** What a person wants to read of a log. */
export type Level = 'all' | 'warnings' | 'errors';

/** How the worker writes a line: its time, its level, who says it. */
const HEAD = /^\S+ ([A-Z]+) [^:]*: /;

const WANTED: Record<Exclude<Level, 'all'>, string[]> = {
  warnings: ['WARNING', 'ERROR', 'CRITICAL'],
  errors: ['ERROR', 'CRITICAL']
};

/**
 * Keeps of a growing log the lines of a level or above.
 *
 * A line without a level belongs to the one before it: a traceback to its error.
 */
export class LevelFilter {
  constructor(private readonly _level: Level) {}

  /**
   * What is to be shown of the next piece; a line that has not ended is kept back.
   */
  take(text: string): string {
    if (this._level === 'all') {
      return text;
    }
    const wanted = WANTED[this._level];
    const lines = (this._rest + text).split('\n');
    this._rest = lines.pop() ?? '';
    return lines
      .filter(line => {
        const level = HEAD.exec(line)?.[1];
        if (level !== undefined) {
          this._keeps = wanted.includes(level);
        }
        return this._keeps;
      })
      .map(line => `${line}\n`)
      .join('');
  }

  /**
   * What is to be shown of a last line that nothing ended.
   */
  end(): string {
    return this._rest === '' ? '' : this.take('\n');
  }

  private _rest = '';
  private _keeps = false;
}
