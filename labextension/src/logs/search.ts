import type { ILine } from './line';

/**
 * The lines with a text in them, kept up to date while the log grows.
 *
 * Lines are counted from the first one that is shown.
 */
export class LogSearch {
  /** What is looked for, in upper or lower case; null when nothing is. */
  get pattern(): RegExp | null {
    return this._pattern;
  }

  /** How many lines have it. */
  get count(): number {
    return this._hits.length;
  }

  /** The line that was gone to, or -1. */
  get current(): number {
    return this._current === null ? -1 : this._current - this._gone;
  }

  /** Which one of the found lines that is, from 1; 0 when none is. */
  get place(): number {
    return this._current === null ? 0 : this._after(this._current - 1) + 1;
  }

  /** Look for a text from now on. */
  find(text: string, lines: readonly ILine[]): void {
    this._pattern =
      text === ''
        ? null
        : new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');
    this.restart(lines);
  }

  /** Look through other lines. */
  restart(lines: readonly ILine[]): void {
    this._hits = [];
    this._current = null;
    this._gone = 0;
    this.extend(lines, 0);
  }

  /** Take lines that were added; the first of them is line `at`. */
  extend(lines: readonly ILine[], at: number): void {
    const pattern = this._pattern;
    if (!pattern) {
      return;
    }
    lines.forEach((line, index) => {
      // Unlike `test`, this leaves nothing in the pattern that the next look would begin from.
      if (line.text.search(pattern) >= 0) {
        this._hits.push(this._gone + at + index);
      }
    });
  }

  /** Forget lines at the beginning. */
  drop(count: number): void {
    this._gone += count;
    this._hits.splice(0, this._after(this._gone - 1));
    if (this._current !== null && this._current < this._gone) {
      this._current = null;
    }
  }

  /** Go to the found line that is the last one up to a line, else to the first. */
  near(line: number): number {
    return this._go(Math.max(0, this._after(this._gone + line) - 1));
  }

  /** Go to the next one (1) or the one before (-1), around the ends. */
  step(by: 1 | -1): number {
    const { _hits: hits, _current: current } = this;
    if (current === null) {
      return this._go(by > 0 ? 0 : hits.length - 1);
    }
    return this._go((this.place - 1 + by + hits.length) % hits.length);
  }

  private _go(place: number): number {
    this._current = this._hits[place] ?? null;
    return this.current;
  }

  /** How many found lines are not after a line. */
  private _after(line: number): number {
    let low = 0;
    let high = this._hits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this._hits[middle] <= line) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private _pattern: RegExp | null = null;
  private _hits: number[] = [];
  private _current: number | null = null;
  private _gone = 0;
}
