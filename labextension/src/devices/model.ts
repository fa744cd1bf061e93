import type { IDisposable } from '@lumino/disposable';
import { Debouncer, Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import { ApiError } from '../errors';
import type { IJobChange, JobsModel } from '../jobs/model';
import { holdsMemory } from '../jobs/state';
import type { Devices } from '../schema';

/** Other programs come and go without telling: how often to look while someone watches. */
const LOOK_EVERY = 10_000;

/** A job's news often comes in threes. */
const SETTLE = 300;

/**
 * The devices of a server and who holds their memory.
 *
 * Read when a job takes or gives back memory, and every ten seconds while they are shown and
 * something lives.
 */
export class DevicesModel implements IDisposable {
  constructor(options: { api: Api; jobs: JobsModel }) {
    this._api = options.api;
    this._jobs = options.jobs;
    this._jobs.jobChanged.connect(this._onJobChanged, this);
    this._settled = new Debouncer(() => this.refresh(), SETTLE);
    this._poll = new Poll({
      auto: false,
      name: 'jupyter-sw:devices',
      factory: () => this._look(),
      frequency: { interval: LOOK_EVERY, backoff: true, max: 60_000 },
      standby: () =>
        this._shown && this._jobs.live.length > 0 ? 'when-hidden' : true
    });
  }

  /** Emitted when anything here changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The devices; null before the first answer. */
  get devices(): Devices | null {
    return this._devices;
  }

  /**
   * Which colour a job has on all devices: it keeps it as long as it holds memory.
   */
  colourOf(job: string): number {
    return this._colours.indexOf(job);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Say whether someone looks; when nobody does, nothing is asked.
   */
  look(who: object, looks: boolean): void {
    const before = this._shown;
    if (looks) {
      this._lookers.add(who);
    } else {
      this._lookers.delete(who);
    }
    if (this._shown === before) {
      return;
    }
    if (this._shown) {
      void this.refresh();
      void this._poll.schedule({ phase: 'started', interval: LOOK_EVERY });
    } else {
      void this._poll.stop();
    }
  }

  /**
   * Read the devices again. Never throws: what is known stays.
   */
  async refresh(): Promise<void> {
    await this._read().catch(() => undefined);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._poll.dispose();
    this._settled.dispose();
    Signal.clearData(this);
  }

  private get _shown(): boolean {
    return this._lookers.size > 0;
  }

  private async _read(): Promise<void> {
    const devices = await this._api.devices();
    if (!this._isDisposed) {
      this._devices = devices;
      this._colour();
      this._changed.emit();
    }
  }

  /**
   * Give a free colour to each job that has come and take it from those that are gone.
   */
  private _colour(): void {
    const holders = this._holders();
    this._colours = this._colours.map(job =>
      job !== null && holders.has(job) ? job : null
    );
    for (const job of holders) {
      if (!this._colours.includes(job)) {
        const free = this._colours.indexOf(null);
        this._colours[free < 0 ? this._colours.length : free] = job;
      }
    }
  }

  private _holders(): Set<string> {
    const holders = new Set<string>();
    for (const device of this._devices?.devices ?? []) {
      for (const { job } of device.holders) {
        if (job !== null) {
          holders.add(job);
        }
      }
    }
    return holders;
  }

  private async _look(): Promise<void> {
    try {
      await this._read();
    } catch (error) {
      if (ApiError.from(error).status === 0) {
        void this._jobs.refresh();
      }
      throw error;
    }
    if (this._disagrees()) {
      void this._jobs.refresh();
    }
  }

  /**
   * Whether the holders are other jobs than those known to hold memory: some news was missed.
   */
  private _disagrees(): boolean {
    const held = this._holders();
    const known = this._jobs.live.filter(holdsMemory);
    return known.length !== held.size || known.some(job => !held.has(job.id));
  }

  private _onJobChanged(_: JobsModel, change: IJobChange): void {
    const { job, previous } = change;
    const moved =
      previous === undefined
        ? holdsMemory(job)
        : job.state !== previous.state ||
          job.grant.length !== previous.grant.length;
    if (this._shown && moved) {
      void this._settled.invoke();
    }
  }

  private readonly _api: Api;
  private readonly _jobs: JobsModel;
  private readonly _poll: Poll;
  private readonly _settled: Debouncer;
  private readonly _changed = new Signal<this, void>(this);
  private _devices: Devices | null = null;
  private _colours: (string | null)[] = [];
  private readonly _lookers = new Set<object>();
  private _isDisposed = false;
}
