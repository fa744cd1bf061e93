/** So many characters are taken in one frame: some milliseconds' work. */
const MOST = 256 * 1024;

/**
 * Text that waits for the next frame, so that a fast log does not hold up the page.
 */
export class FrameQueue {
  constructor(private readonly _take: (text: string) => void) {}

  get empty(): boolean {
    return this._pieces.length === 0;
  }

  push(text: string): void {
    this._pieces.push(text);
    this._frame ??= requestAnimationFrame(() => this._next());
  }

  dispose(): void {
    if (this._frame !== null) {
      cancelAnimationFrame(this._frame);
    }
    this._pieces = [];
  }

  private _next(): void {
    let count = 0;
    for (let size = 0; count < this._pieces.length && size < MOST; count++) {
      size += this._pieces[count].length;
    }
    const text = this._pieces.splice(0, count).join('');
    this._frame = this.empty ? null : requestAnimationFrame(() => this._next());
    this._take(text);
  }

  private _pieces: string[] = [];
  private _frame: number | null = null;
}
