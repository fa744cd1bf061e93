import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { formatBytes, formatDuration } from '../format';
import type { JobsModel } from '../jobs/model';
import { isPausing, memoryOf, nextRelease, secondsLeft } from '../jobs/state';
import { stateWord } from '../jobs/words';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';

/**
 * The live jobs, as JupyterLab lists what runs: open one, end one, end all.
 */
export class RunningJobs implements IRunningSessions.IManager, IDisposable {
  constructor(private readonly _options: RunningJobs.IOptions) {
    const { jobs, trans } = _options;
    this.name = trans.__('Models');
    this.shutdownLabel = trans.__('Cancel Job…');
    this.shutdownAllLabel = trans.__('Cancel All Jobs');
    this.shutdownAllConfirmationText = trans.__(
      'All models leave memory, and answers that are being written stop where they are. Conversations, logs and downloaded files are kept.'
    );
    jobs.changed.connect(this._look, this);
    this._look();
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;

  /** Emitted when a line of the list changed; figures alone do not. */
  get runningChanged(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  running(): IRunningSessions.IRunningItem[] {
    const { jobs, commands, icon } = this._options;
    return jobs.live.map(job => ({
      icon: () => icon,
      label: () => job.name,
      labelTitle: () => this._title(job),
      detail: () => this._detail(job),
      className: 'jp-sw-Running',
      context: job.id,
      open: () => void commands.execute(CommandIDs.openJob, { job: job.id }),
      shutdown: () =>
        void commands.execute(CommandIDs.cancelJob, { job: job.id })
    }));
  }

  refreshRunning(): void {
    void this._options.jobs.refresh();
  }

  /**
   * Cancel all live jobs; JupyterLab has asked before.
   */
  shutdownAll(): void {
    const { jobs, cancel } = this._options;
    jobs.live.filter(({ state }) => state !== 'cancelling').forEach(cancel);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._options.jobs.changed.disconnect(this._look, this);
    this._stop?.();
    Signal.clearData(this);
  }

  /**
   * Tell when what the list says has changed. Time passes while something is to be released.
   */
  private _look(): void {
    const { jobs } = this._options;
    const { live } = jobs;
    if (nextRelease(live) && !this._stop) {
      this._stop = jobs.clock.onBeat(() => this._look());
    } else if (!nextRelease(live)) {
      this._stop?.();
      this._stop = null;
    }
    const told = live
      .map(job => [job.id, job.name, this._detail(job)].join('\t'))
      .join('\n');
    if (told !== this._told) {
      this._told = told;
      this._changed.emit();
    }
  }

  private _detail(job: Job): string {
    const { jobs, trans } = this._options;
    const left = secondsLeft(job, jobs.clock.now());
    return [
      isPausing(job) ? trans.__('pausing') : stateWord(job.state, trans),
      left === null
        ? ''
        : trans.__('%1 left', formatDuration(Math.max(0, left), trans))
    ]
      .filter(Boolean)
      .join(' · ');
  }

  private _title(job: Job): string {
    const { trans } = this._options;
    const memory = memoryOf(job);
    return [
      trans.__('Show all about %1', job.name),
      job.model,
      memory === null ? '' : formatBytes(memory),
      job.owner.notebook ?? ''
    ]
      .filter(Boolean)
      .join('\n');
  }

  private readonly _changed = new Signal<this, void>(this);
  private _stop: (() => void) | null = null;
  private _told = '';
  private _isDisposed = false;
}

/**
 * A namespace for RunningJobs statics.
 */
export namespace RunningJobs {
  /**
   * What the list is made from.
   */
  export interface IOptions {
    jobs: JobsModel;
    commands: CommandRegistry;
    trans: TranslationBundle;
    icon: LabIcon;

    /** Cancel a job without a question. */
    cancel: (job: Job) => void;
  }
}
