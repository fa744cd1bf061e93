import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import type { IJobChange, JobsModel } from '../jobs/model';
import type { Chat, Job, JobEvent } from '../schema';
import { Fetched } from './fetched';
import type { MetricsHistory } from './history';

/** The parts of a job's page, in their order. */
export const SECTIONS = [
  'overview',
  'connect',
  'log',
  'events',
  'chats'
] as const;

export type Section = (typeof SECTIONS)[number];

/**
 * The section that a command's argument or a saved layout names; undefined when none.
 */
export function sectionOf(name: unknown): Section | undefined {
  return SECTIONS.find(section => section === name);
}

/**
 * What the page of a job shows: the job itself, and what is asked for when it is looked at.
 */
export class JobPageModel implements IDisposable {
  constructor(options: JobPageModel.IOptions) {
    const { api, jobs, job, history } = options;
    this.id = job;
    this.jobs = jobs;
    this.history = history;
    this.door = api.door;
    this.command = new Fetched(() => api.jobCommand(job));
    this.events = new Fetched(() => api.jobEvents(job));
    this.chats = new Fetched(async () => (await api.chats(job)).chats);
    jobs.changed.connect(this._onJobsChanged, this);
    jobs.jobChanged.connect(this._onJobChanged, this);
  }

  /** Id of the job. */
  readonly id: string;
  readonly jobs: JobsModel;
  readonly history: MetricsHistory;

  /** Base URL of the server's OpenAI door. */
  readonly door: string;

  /** The line that asks for the same job. */
  readonly command: Fetched<string>;

  /** The timeline, oldest first. */
  readonly events: Fetched<JobEvent[]>;

  /** Conversations, the last used first. */
  readonly chats: Fetched<Chat[]>;

  /** Emitted when the job or the chosen section changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The job; undefined when it is not known (yet), or gone. */
  get job(): Job | undefined {
    return this.jobs.get(this.id);
  }

  /** The section that is shown. */
  get section(): Section {
    return this._section;
  }
  set section(section: Section) {
    if (section !== this._section) {
      this._section = section;
      this._changed.emit();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.jobs.changed.disconnect(this._onJobsChanged, this);
    this.jobs.jobChanged.disconnect(this._onJobChanged, this);
    this.command.dispose();
    this.events.dispose();
    this.chats.dispose();
    Signal.clearData(this);
  }

  private _onJobsChanged(): void {
    this._changed.emit();
  }

  /**
   * Its events bring a timeline that has been read up to date.
   */
  private _onJobChanged(_: JobsModel, { job, event }: IJobChange): void {
    if (job.id === this.id && event) {
      this.events.change(events => [...events, event]);
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _section: Section = 'overview';
  private _isDisposed = false;
}

/**
 * A namespace for JobPageModel statics.
 */
export namespace JobPageModel {
  /**
   * What a model is made from.
   */
  export interface IOptions {
    api: Api;
    jobs: JobsModel;

    /** Id of the job. */
    job: string;
    history: MetricsHistory;
  }
}
