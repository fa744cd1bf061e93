import type { IStateDB } from '@jupyterlab/statedb';
import { type ISignal, Signal } from '@lumino/signaling';

const KEY = 'jupyter-sw:logs';

/**
 * How a person reads logs: the same for all of them, and remembered where there is a state.
 */
export class LogPreferences {
  constructor(private readonly _state: IStateDB | null = null) {
    void _state?.fetch(KEY).then(kept => {
      const { wrap, times } = (kept ?? {}) as Record<string, unknown>;
      this._wrap = wrap === true;
      this._times = times !== false;
      this._changed.emit();
    });
  }

  /** Emitted when any of them changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether long lines are wrapped. */
  get wrap(): boolean {
    return this._wrap;
  }
  set wrap(wrap: boolean) {
    this._wrap = wrap;
    this._keep();
  }

  /** Whether each line has its time beside it. */
  get times(): boolean {
    return this._times;
  }
  set times(times: boolean) {
    this._times = times;
    this._keep();
  }

  private _keep(): void {
    void this._state?.save(KEY, { wrap: this._wrap, times: this._times });
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _wrap = false;
  private _times = true;
}
