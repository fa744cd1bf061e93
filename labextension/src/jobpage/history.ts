import type { IDisposable } from '@lumino/disposable';

import type { IJobChange, JobsModel } from '../jobs/model';
import { holdsMemory } from '../jobs/state';
import type { JobMetrics } from '../schema';

/** Seconds that are kept. */
export const SPAN = 15 * 60;

/** Figures come every two seconds while they move; so many cover the span. */
export const MOST_SAMPLES = 512;

/** Jobs whose figures are kept; those told of longest ago go first. */
const MOST_JOBS = 16;

/**
 * What a job did at a moment; null metrics where it held no memory.
 */
export interface ISample {
  time: number;
  metrics: JobMetrics | null;
}

/**
 * The figures that came with the events of jobs, so that a page opened later can draw them.
 *
 * It lives with the application, asks nobody and forgets what is old.
 */
export class MetricsHistory implements IDisposable {
  constructor(private readonly _jobs: JobsModel) {
    _jobs.jobChanged.connect(this._onJobChanged, this);
  }

  /**
   * A job's figures, oldest first.
   */
  of(job: string): readonly ISample[] {
    return this._samples.get(job) ?? [];
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._jobs.jobChanged.disconnect(this._onJobChanged, this);
    this._samples.clear();
  }

  private _onJobChanged(_: JobsModel, { job, previous }: IJobChange): void {
    const holds = holdsMemory(job);
    if (!holds && !(previous && holdsMemory(previous))) {
      return;
    }
    const time = this._jobs.clock.now();
    const samples = [
      ...this.of(job.id),
      { time, metrics: holds ? job.metrics : null }
    ];
    const old = samples.findIndex(sample => sample.time >= time - SPAN);
    // What was before the span still holds at its beginning.
    const from = Math.max(0, old - 1, samples.length - MOST_SAMPLES);
    this._samples.delete(job.id);
    this._samples.set(job.id, samples.slice(from));
    const [longestAgo] = this._samples.keys();
    if (this._samples.size > MOST_JOBS) {
      this._samples.delete(longestAgo);
    }
  }

  private readonly _samples = new Map<string, readonly ISample[]>();
  private _isDisposed = false;
}
