import { type ILine, readLine, type Severity } from './line';
import { LogSearch } from './search';

/** What a person wants to read of a log. */
export type Level = 'all' | 'warnings' | 'errors';

/** What became of the shown lines. */
export interface IChange {
  /** So many of them are gone from the beginning. */
  readonly dropped: number;

  /** These are new at the end. */
  readonly added: readonly ILine[];
}

const WANTED: Record<Level, readonly Severity[]> = {
  all: ['info', 'warning', 'error'],
  warnings: ['warning', 'error'],
  errors: ['error']
};

/**
 * A log as lines: those that are kept and, of these, those that are shown.
 */
export class LogModel {
  /**
   * `most` lines are kept; when there are more, `slack` more than needed are dropped, so that it
   * does not happen with each line.
   */
  constructor(
    private readonly _most = 200_000,
    private readonly _slack = 10_000
  ) {}

  readonly search = new LogSearch();

  /** The lines that are shown, in order. */
  get shown(): readonly ILine[] {
    return this._shown;
  }

  /** How many lines are kept. */
  get kept(): number {
    return this._lines.length;
  }

  /** How many lines there were before those that are kept. */
  get dropped(): number {
    return this._dropped;
  }

  /** The level of the shown lines; a change of it shows other lines. */
  get level(): Level {
    return this._level;
  }
  set level(level: Level) {
    this._level = level;
    this._shown = level === 'all' ? this._lines : this._wanted(this._lines);
    this.search.restart(this._shown);
  }

  /** Take the next piece; a line that has not ended is kept back. */
  append(text: string): IChange {
    const lines = (this._rest + text).split('\n');
    this._rest = lines.pop() ?? '';
    return this._take(lines);
  }

  /** Take a last line that nothing ended. */
  end(): IChange {
    const rest = this._rest;
    this._rest = '';
    return this._take(rest === '' ? [] : [rest]);
  }

  private _take(raw: string[]): IChange {
    const before = this._shown.length;
    const fresh = raw.map(text => {
      const line = readLine(text, this._severity);
      this._severity = line.severity;
      return line;
    });
    const added = this._wanted(fresh);
    append(this._lines, fresh);
    if (this._shown !== this._lines) {
      append(this._shown, added);
    }
    this.search.extend(added, before);
    const gone = this._shorten();
    return {
      dropped: Math.min(gone, before),
      added: added.slice(Math.max(0, gone - before))
    };
  }

  /** Drop the oldest lines where there are too many; returns how many were shown. */
  private _shorten(): number {
    const excess = this._lines.length - this._most;
    if (excess <= 0) {
      return 0;
    }
    const old = this._lines.splice(0, excess + this._slack);
    this._dropped += old.length;
    const gone = this._wanted(old).length;
    if (this._shown !== this._lines) {
      this._shown.splice(0, gone);
    }
    this.search.drop(gone);
    return gone;
  }

  private _wanted(lines: ILine[]): ILine[] {
    const wanted = WANTED[this._level];
    return this._level === 'all'
      ? lines
      : lines.filter(line => wanted.includes(line.severity));
  }

  private readonly _lines: ILine[] = [];
  private _shown: ILine[] = this._lines;
  private _level: Level = 'all';
  private _severity: Severity = 'info';
  private _rest = '';
  private _dropped = 0;
}

/** Arguments are limited in number, so not `push(...lines)`. */
function append(lines: ILine[], added: readonly ILine[]): void {
  for (const line of added) {
    lines.push(line);
  }
}
