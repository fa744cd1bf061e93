import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { ApiError } from '../errors';

/**
 * Something that the server is asked for when somebody wants to see it.
 */
export class Fetched<T> implements IDisposable {
  constructor(private readonly _read: () => Promise<T>) {}

  /** Emitted when `value` or `error` changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What the server told; null before its first answer. */
  get value(): T | null {
    return this._value;
  }

  /** Why the last reading failed; null when it did not. */
  get error(): ApiError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Ask. Never throws: `error` tells, and what is known stays.
   */
  async load(): Promise<void> {
    const reading = (this._reading += 1);
    try {
      const value = await this._read();
      if (reading === this._reading) {
        this._value = value;
        this._error = null;
      }
    } catch (error) {
      this._error = ApiError.from(error);
    }
    this._tell();
  }

  /**
   * Change what is known, as an event told.
   */
  change(change: (value: T) => T): void {
    if (this._value !== null) {
      this._value = change(this._value);
      this._tell();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _tell(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _value: T | null = null;
  private _error: ApiError | null = null;
  private _reading = 0;
  private _isDisposed = false;
}
