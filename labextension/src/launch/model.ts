import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import { ApiError } from '../errors';
import type { IJobChange, JobsModel } from '../jobs/model';
import type { Job, JobEstimate, ModelInfo } from '../schema';
import {
  changed,
  FRESH,
  type IChoices,
  infoOf,
  isComplete,
  requestOf
} from './choices';
import type { Templates } from './templates';

/** How long a person may type on before the server is asked what would become of it. */
const SETTLE = 200;

/**
 * The form that runs a model: what was chosen, and what would become of it.
 *
 * The server works that out, with the arithmetic that a submitted job meets.
 */
export class LaunchModel implements IDisposable {
  constructor(private readonly _options: LaunchModel.IOptions) {
    this._settled = new Debouncer(() => this._estimate(), SETTLE);
    _options.jobs.jobChanged.connect(this._onJobChanged, this);
    void _options.templates?.then(templates => {
      this._templates = templates;
      templates.changed.connect(() => this._changed.emit(), this);
      this._changed.emit();
    });
  }

  /** Emitted when anything here changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with the job that was made. */
  get launched(): ISignal<this, Job> {
    return this._launched;
  }

  /** Whether the form is shown. */
  get isOpen(): boolean {
    return this._isOpen;
  }

  get choices(): IChoices {
    return this._choices;
  }

  /** What can be run; null before the first answer. */
  get models(): ModelInfo[] | null {
    return this._models;
  }

  /** The projects there are. */
  get projects(): string[] {
    return this._projects;
  }

  /** Choices that a person has saved; null before they are read. */
  get templates(): Templates | null {
    return this._templates;
  }

  /** The chosen model, where it is one of the list. */
  get info(): ModelInfo | undefined {
    return infoOf(this._models ?? [], this._choices.model);
  }

  /** What would become of the choices; null while that is not known. */
  get estimate(): JobEstimate | null {
    return this._latest;
  }

  /** Why the choices cannot be run, or could not be looked at. */
  get problem(): ApiError | null {
    return this._problem;
  }

  /** Whether the estimate is of these choices, not of what was chosen before. */
  get isSettled(): boolean {
    return this._isSettled;
  }

  /** Whether a job is being submitted. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Show the form, with these choices or as it was left.
   */
  open(choices?: Partial<IChoices>): void {
    this._isOpen = true;
    this._problem = null;
    if (choices) {
      this._choices = { ...FRESH, ...choices };
      this._latest = null; // it was about other choices
    }
    this._changed.emit();
    void this._read();
  }

  close(): void {
    this._isOpen = false;
    this._changed.emit();
  }

  /**
   * Choose something.
   */
  choose(change: Partial<IChoices>): void {
    this._choices = changed(this._choices, change);
    this._look();
    this._changed.emit();
  }

  /**
   * Run what was chosen. Never throws: `problem` tells, and nothing that was chosen is lost.
   */
  async submit(): Promise<void> {
    if (this._isBusy || !isComplete(this._choices)) {
      return;
    }
    this._isBusy = true;
    this._changed.emit();
    const { api, jobs, remember } = this._options;
    try {
      const job = await api.submitJob({
        ...requestOf(this._choices),
        owner: { user: '', client: 'lab', notebook: null }
      });
      jobs.update(job);
      this._isOpen = false;
      // The next one is another job: a name and a comment are of this one.
      this._choices = { ...this._choices, name: '', comment: '' };
      remember?.(this._choices);
      this._launched.emit(job);
    } catch (error) {
      this._problem = ApiError.from(error);
    } finally {
      this._isBusy = false;
    }
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._settled.dispose();
    this._asking?.abort();
    Signal.clearData(this);
  }

  /**
   * Read what there is to choose from, and what was chosen last time.
   */
  private async _read(): Promise<void> {
    const { api, jobs, recall } = this._options;
    try {
      const [{ models, default: first }, { projects }, last] =
        await Promise.all([api.models(), api.projects(), recall?.()]);
      this._models = models;
      this._projects = projects.map(({ name }) => name);
      if (!this._choices.model) {
        this._choices = last ?? { ...this._choices, model: first };
      }
    } catch (error) {
      this._problem = ApiError.from(error);
      if (this._problem.status === 0) {
        void jobs.refresh();
      }
    }
    if (!this._isDisposed) {
      this._look();
      this._changed.emit();
    }
  }

  /**
   * Have the server look at the choices soon.
   */
  private _look(): void {
    this._isSettled = false;
    this._asking?.abort();
    void this._settled.invoke().catch(() => undefined);
  }

  private async _estimate(): Promise<void> {
    if (this._isDisposed || !this._isOpen) {
      return;
    }
    if (!isComplete(this._choices)) {
      this._latest = this._problem = null;
      this._changed.emit();
      return;
    }
    const asking = (this._asking = new AbortController());
    let answer: JobEstimate | null = null;
    let problem: ApiError | null = null;
    try {
      answer = await this._options.api.estimate(
        requestOf(this._choices),
        asking.signal
      );
    } catch (error) {
      problem = ApiError.from(error);
    }
    if (asking.signal.aborted || this._isDisposed) {
      return; // it was about earlier choices
    }
    this._latest = answer;
    this._problem = problem;
    this._isSettled = true;
    this._changed.emit();
  }

  private _onJobChanged(_: JobsModel, { job, previous }: IJobChange): void {
    if (this._isOpen && job.state !== previous?.state) {
      this._look();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _launched = new Signal<this, Job>(this);
  private readonly _settled: Debouncer;
  private _asking: AbortController | null = null;
  private _choices: IChoices = FRESH;
  private _models: ModelInfo[] | null = null;
  private _projects: string[] = [];
  private _templates: Templates | null = null;
  private _latest: JobEstimate | null = null;
  private _problem: ApiError | null = null;
  private _isOpen = false;
  private _isSettled = false;
  private _isBusy = false;
  private _isDisposed = false;
}

/**
 * A namespace for LaunchModel statics.
 */
export namespace LaunchModel {
  /**
   * What a model is made from.
   */
  export interface IOptions {
    api: Api;
    jobs: JobsModel;

    /** The choices of the last job, if they are known. */
    recall?: () => Promise<IChoices | undefined>;
    remember?: (choices: IChoices) => void;

    /** What a person has saved, once the settings are read. */
    templates?: Promise<Templates>;
  }
}
