import { type ISignal, Signal } from '@lumino/signaling';

/**
 * One stop of a tour.
 */
export interface IStop {
  title: string;
  text: string;

  /** Lines to type. */
  lines?: string[];

  /** What is pointed at, if it can be seen. */
  find(): Element | null;

  /** Bring it into sight. */
  enter?(): Promise<void>;

  /** Leave things as they were found. */
  leave?(): void;
}

/**
 * Where in a tour one is.
 */
export class TourModel {
  constructor(readonly stops: IStop[]) {}

  /** Emitted when another stop was reached, or the tour has ended. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The stop that is shown; null before the start and after the end. */
  get stop(): IStop | null {
    return this.stops[this._index] ?? null;
  }

  get index(): number {
    return this._index;
  }

  get isLast(): boolean {
    return this._index === this.stops.length - 1;
  }

  start(): Promise<void> {
    return this._go(0);
  }

  /** Go on; from the last stop this is the end. */
  async next(): Promise<void> {
    if (this.isLast) {
      this.end();
    } else {
      await this._go(this._index + 1);
    }
  }

  async back(): Promise<void> {
    if (this._index > 0) {
      await this._go(this._index - 1);
    }
  }

  end(): void {
    this._going = null;
    this.stop?.leave?.();
    this._index = -1;
    this._changed.emit();
  }

  private async _go(index: number): Promise<void> {
    if (this._going !== null) {
      return; // a second press while the first is on its way
    }
    const going = (this._going = {});
    const stop = this.stops[index];
    this.stop?.leave?.();
    await stop.enter?.();
    if (this._going !== going) {
      stop.leave?.(); // it was ended meanwhile
      return;
    }
    this._going = null;
    this._index = index;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _index = -1;
  private _going: object | null = null;
}
