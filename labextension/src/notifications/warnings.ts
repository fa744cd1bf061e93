import type { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatDuration, formatTime } from '../format';
import { spare, spareLabel } from '../jobs/extend';
import type { JobsModel } from '../jobs/model';
import { secondsLeft } from '../jobs/state';
import type { Job, JobEvent } from '../schema';

/** The server's first warning comes so many seconds before the release; a little may pass on its way. */
const NEAR = 600 + 5;

/**
 * The warnings that a job is released soon: one a job, for as long as it is true.
 */
export class ReleaseWarnings {
  constructor(private readonly _options: ReleaseWarnings.IOptions) {}

  /**
   * Warn of a job's release; takes the place of an earlier warning.
   */
  show(job: Job, event: JobEvent): void {
    this.dismiss(job.id);
    const { jobs, trans, notices, onExtend } = this._options;
    const now = jobs.clock.now();
    const left = secondsLeft(job, now);
    if (left === null) {
      return;
    }
    const words = [
      job.name,
      formatDuration(left, trans),
      formatTime(now + left, now)
    ];
    const more = spare(job, jobs.longest);
    this._shown.set(
      job.id,
      notices.warning(
        event.cause === 'idle clock'
          ? trans.__(
              '%1 is released in %2, at %3, unless it is used.',
              ...words
            )
          : trans.__(
              '%1 is released in %2, at %3, unless it is extended.',
              ...words
            ),
        {
          autoClose: false,
          actions:
            more > 0
              ? [
                  {
                    label: spareLabel(more, trans),
                    callback: () => onExtend(job)
                  }
                ]
              : []
        }
      )
    );
  }

  /**
   * Take a job's warning away when its release is not near any more, or has come.
   */
  check(job: Job): void {
    const left = secondsLeft(job, this._options.jobs.clock.now());
    if (left === null || left > NEAR) {
      this.dismiss(job.id);
    }
  }

  /**
   * Take a job's warning away.
   */
  dismiss(job: string): void {
    const shown = this._shown.get(job);
    if (shown !== undefined) {
      this._options.notices.dismiss(shown);
      this._shown.delete(job);
    }
  }

  private readonly _shown = new Map<string, string>();
}

/**
 * A namespace for ReleaseWarnings statics.
 */
export namespace ReleaseWarnings {
  /**
   * What warnings are made from.
   */
  export interface IOptions {
    jobs: JobsModel;
    trans: TranslationBundle;

    /** JupyterLab's notifications. */
    notices: Pick<typeof Notification, 'warning' | 'dismiss'>;
    onExtend: (job: Job) => void;
  }
}
