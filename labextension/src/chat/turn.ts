import { type ISignal, Signal } from '@lumino/signaling';

import type { Turn } from '../schema';

/**
 * One exchange as it grows.
 */
export class TurnModel {
  constructor(turn: Turn) {
    this._turn = turn;
  }

  /** Emitted when its text or its state changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get turn(): Turn {
    return this._turn;
  }

  get isRunning(): boolean {
    return this._turn.state === 'running';
  }

  /** Where to go on watching: the server counts characters, not UTF-16 units. */
  get offset(): number {
    return Array.from(this._turn.reply).length;
  }

  append(text: string): void {
    this.set({ ...this._turn, reply: this._turn.reply + text });
  }

  set(turn: Turn): void {
    this._turn = turn;
    this._changed.emit();
  }

  private _turn: Turn;
  private readonly _changed = new Signal<this, void>(this);
}
