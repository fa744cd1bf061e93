/**
 * The server's clock as this browser sees it, and a beat once a second for those who show it.
 *
 * The beat runs only while someone listens and the page is visible.
 */
export class Clock {
  /**
   * The server's time in seconds since the epoch.
   */
  now(): number {
    return Date.now() / 1000 + this._offset;
  }

  /**
   * Learn the server's time from an answer that has just arrived.
   */
  set(serverNow: number): void {
    this._offset = serverNow - Date.now() / 1000;
  }

  /**
   * Call `listener` once a second until the returned function is called.
   */
  onBeat(listener: () => void): () => void {
    this._listeners.add(listener);
    this._timer ??= setInterval(() => this._beat(), 1000);
    return () => {
      this._listeners.delete(listener);
      if (this._listeners.size === 0) {
        clearInterval(this._timer);
        this._timer = undefined;
      }
    };
  }

  private _beat(): void {
    if (!document.hidden) {
      this._listeners.forEach(listener => listener());
    }
  }

  private _offset = 0;
  private _timer: ReturnType<typeof setInterval> | undefined;
  private readonly _listeners = new Set<() => void>();
}
