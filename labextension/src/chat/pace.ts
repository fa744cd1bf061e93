/** Milliseconds of a frame that go to drawing at most; what is begun is done. */
const MOST = 8;

/**
 * Draws one thing after the other, the newest first, and leaves room for frames between them: a
 * conversation of many answers does not hold up the page when it is opened.
 */
export class Pace {
  /**
   * Do a piece of work when its time has come.
   */
  do(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this._waiting.push(() => work().then(resolve, reject));
      if (!this._busy) {
        void this._go();
      }
    });
  }

  private async _go(): Promise<void> {
    this._busy = true;
    let began = performance.now();
    for (let work = this._waiting.pop(); work; work = this._waiting.pop()) {
      await work();
      if (performance.now() - began > MOST) {
        await nextFrame();
        began = performance.now();
      }
    }
    this._busy = false;
  }

  private readonly _waiting: (() => Promise<void>)[] = [];
  private _busy = false;
}

/**
 * Wait until a frame is about to be drawn.
 */
export function nextFrame(): Promise<number> {
  return new Promise(resolve => requestAnimationFrame(resolve));
}
