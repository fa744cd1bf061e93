import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Api } from '../api';
import type { Job } from '../schema';
import type { JobsModel } from './model';
import { telling } from './telling';

/**
 * Delete ended jobs, and offer to undo it.
 */
export async function removeJobs(
  doomed: Job[],
  api: Api,
  jobs: JobsModel,
  trans: TranslationBundle
): Promise<void> {
  const gone: Job[] = [];
  try {
    for (const job of doomed) {
      await api.deleteJob(job.id);
      gone.push(job);
    }
  } finally {
    if (gone.length > 0) {
      await jobs.refresh();
      offerUndo(gone, api, jobs, trans);
    }
  }
}

function offerUndo(
  gone: Job[],
  api: Api,
  jobs: JobsModel,
  trans: TranslationBundle
): void {
  const text =
    gone.length === 1
      ? trans.__('%1 was deleted.', gone[0].name)
      : trans.__('%1 jobs were deleted.', gone.length);
  Notification.info(text, {
    autoClose: 10_000,
    actions: [
      {
        label: trans.__('Undo'),
        callback: () =>
          void telling(trans, async () => {
            for (const job of gone) {
              jobs.update(await api.restoreJob(job.id));
            }
          })
      }
    ]
  });
}
