import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import { Clock } from '../clock';
import { ApiError } from '../errors';
import type { Job, JobEvent, JobNews, Status } from '../schema';
import { distance, hasEnded } from './state';

/** The schema of the event that carries a job's news on Jupyter's event bus. */
export const JOB_EVENT = 'https://jupyter-sw.readthedocs.io/events/job/v1';

/** After a lost connection: how often to look, until the event socket is surely back. */
const RECOVERY = { interval: 5000, backoff: true, max: 30_000 };
const RECOVERY_LOOKS = 7;

/**
 * What changed about one job.
 */
export interface IJobChange {
  job: Job;

  /** The job before; undefined when it is new here. */
  previous: Job | undefined;

  /** The line of its timeline that came with it; null when only figures moved. */
  event: JobEvent | null;
}

/**
 * The jobs of a server: read once, then kept up to date by events.
 *
 * Events may be missed while the event socket is down, which Jupyter does not tell of. So the
 * list is read again when a request of anybody failed, when the page is shown again, and when
 * `devices` tells of other jobs than are known here.
 */
export class JobsModel implements IDisposable {
  constructor(options: JobsModel.IOptions) {
    this._api = options.api;
    options.events.connect(this._onEvent, this);
    options.connectionFailure?.connect(this._onConnectionFailure, this);
    document.addEventListener('visibilitychange', this._onVisibility);
    this._recovery = new Poll({
      auto: false,
      name: 'jupyter-sw:jobs-recovery',
      factory: () => this._recover(),
      frequency: RECOVERY,
      standby: 'when-hidden'
    });
  }

  /** The server's clock, for countdowns. */
  readonly clock = new Clock();

  /** Emitted when anything here changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted for each change of a job that events tell of; not for what was there before. */
  get jobChanged(): ISignal<this, IJobChange> {
    return this._jobChanged;
  }

  /** Whether the jobs have been read at least once. */
  get isReady(): boolean {
    return this._status !== null;
  }

  /** Why the last reading failed; null when it did not. */
  get error(): ApiError | null {
    return this._error;
  }

  /** What the server says of itself; null before the first answer. */
  get status(): Status | null {
    return this._status;
  }

  /** The server's limit on how long a job may run, in seconds; null when there is none. */
  get longest(): number | null {
    return this._status?.max_release_after ?? null;
  }

  /** Live jobs, the nearest to running first, then the newest. */
  get live(): Job[] {
    return this._sorted(
      job => !hasEnded(job),
      job => job.created_at
    ).sort((a, b) => distance(a) - distance(b));
  }

  /** Ended jobs, the latest end first. */
  get ended(): Job[] {
    return this._sorted(hasEnded, job => job.ended_at ?? job.created_at);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** A job by its id; a deleted one is not there until it is restored. */
  get(id: string): Job | undefined {
    const job = this._jobs.get(id);
    return job?.deleted_at === null ? job : undefined;
  }

  /**
   * Read all jobs again. Never throws: `error` tells.
   */
  refresh(): Promise<void> {
    this._refreshing ??= this._read().finally(() => {
      this._refreshing = null;
    });
    return this._refreshing;
  }

  /**
   * Take a job as an answer of the server brought it.
   */
  update(job: Job): void {
    this._take({ job, event: null });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._recovery.dispose();
    document.removeEventListener('visibilitychange', this._onVisibility);
    Signal.clearData(this);
  }

  private async _read(): Promise<void> {
    this._heard.clear();
    try {
      const [status, { jobs, now }] = await Promise.all([
        this._api.status(),
        this._api.jobs()
      ]);
      this.clock.set(now);
      this._jobs = new Map(jobs.map(job => [job.id, job]));
      // What events told while the answer was on its way may be newer than the answer.
      for (const job of this._heard.values()) {
        if (this._isNews(job)) {
          this._jobs.set(job.id, job);
        }
      }
      this._status = status;
      this._error = null;
    } catch (error) {
      this._error = ApiError.from(error);
    }
    if (this._isDisposed) {
      return;
    }
    if (this._error?.status === 0) {
      void this._recovery.start();
    }
    this._changed.emit();
  }

  private _take(news: Omit<JobNews, 'now'>): void {
    const { job, event } = news;
    if (!this._isNews(job)) {
      return;
    }
    const previous = this._jobs.get(job.id);
    this._jobs.set(job.id, job);
    this._heard.set(job.id, job);
    this._changed.emit();
    this._jobChanged.emit({ job, previous, event });
  }

  private _isNews(job: Job): boolean {
    const known = this._jobs.get(job.id);
    return known === undefined || job.seq > known.seq;
  }

  private _sorted(
    keep: (job: Job) => boolean,
    time: (job: Job) => number
  ): Job[] {
    return [...this._jobs.values()]
      .filter(job => job.deleted_at === null && keep(job))
      .sort((a, b) => time(b) - time(a));
  }

  private _onEvent(_: unknown, emission: Event.Emission): void {
    if (emission.schema_id !== JOB_EVENT) {
      return;
    }
    const news = emission.news as unknown as JobNews;
    this.clock.set(news.now);
    this._take(news);
  }

  private _onConnectionFailure(): void {
    this._looks = 0;
    void this._recovery.start();
  }

  private async _recover(): Promise<void> {
    await this.refresh();
    if (this._error !== null) {
      this._looks = 0;
      throw this._error;
    }
    this._looks += 1;
    if (this._looks >= RECOVERY_LOOKS) {
      void this._recovery.stop();
    }
  }

  private _onVisibility = (): void => {
    if (!document.hidden) {
      void this.refresh();
    }
  };

  private readonly _api: Api;
  private readonly _recovery: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _jobChanged = new Signal<this, IJobChange>(this);
  private readonly _heard = new Map<string, Job>();
  private _jobs = new Map<string, Job>();
  private _status: Status | null = null;
  private _error: ApiError | null = null;
  private _refreshing: Promise<void> | null = null;
  private _looks = 0;
  private _isDisposed = false;
}

/**
 * A namespace for JobsModel statics.
 */
export namespace JobsModel {
  /**
   * What a model is made from.
   */
  export interface IOptions {
    api: Api;

    /** Jupyter's event bus. */
    events: Event.Stream;

    /** Emitted when the connection to the server failed, for whomever. */
    connectionFailure?: ISignal<unknown, Error>;
  }
}
