import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { Job } from '../schema';
import type { JobsModel } from './model';

/**
 * The arguments of all commands that act on a job, and those that one command has besides.
 */
export function jobArgs(
  trans: TranslationBundle,
  more: ReadonlyJSONObject = {}
): ReadonlyJSONObject {
  return {
    type: 'object',
    properties: {
      ...more,
      job: {
        type: 'string',
        description: trans.__(
          'Id of the job; left out, the only one that fits is taken or a person is asked'
        )
      }
    }
  };
}

/**
 * The job a command is for: the one named, the only one that fits, or the one a person chooses.
 */
export async function pickJob(options: {
  jobs: JobsModel;
  id: unknown;
  among: Job[];
  title: string;
  trans: TranslationBundle;
}): Promise<Job | null> {
  const { jobs, id, among, title, trans } = options;
  if (typeof id === 'string') {
    if (!jobs.isReady) {
      // A tab restored with the layout asks before the first answer has come.
      await jobs.refresh();
    }
    return jobs.get(id) ?? null;
  }
  if (among.length <= 1) {
    return among[0] ?? null;
  }
  const items = among.map(job => `${job.name} (${job.id.slice(0, 8)})`);
  const { button, value } = await InputDialog.getItem({
    title,
    label: trans.__('Job'),
    items
  });
  return button.accept && value !== null ? among[items.indexOf(value)] : null;
}
