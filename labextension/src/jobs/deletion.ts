import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { Api } from '../api';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import type { JobsModel } from './model';
import { jobsArgs, namedJobs } from './several';
import { type AddVerb, telling } from './verbs';

/** So long a deletion can be undone with a click, in milliseconds. */
const UNDO = 10_000;

/**
 * Add the commands that delete ended jobs; each can be undone.
 */
export function addDeletion(options: {
  commands: CommandRegistry;
  api: Api;
  jobs: JobsModel;
  trans: TranslationBundle;
  verb: AddVerb;
}): void {
  const { commands, api, jobs, trans, verb } = options;

  const offerUndo = (deleted: Job[], text: string): void => {
    const restore = async (): Promise<void> => {
      for (const { id } of deleted) {
        jobs.update(await api.restoreJob(id));
      }
    };
    Notification.info(text, {
      autoClose: UNDO,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => void telling(trans, restore)
        }
      ]
    });
  };

  verb({
    command: CommandIDs.deleteJob,
    label: trans.__('Delete an Ended Job'),
    title: trans.__('Delete which job?'),
    among: () => jobs.ended,
    work: async job => {
      await api.deleteJob(job.id);
      await jobs.refresh();
      offerUndo([job], trans.__('%1 was deleted.', job.name));
    }
  });

  const deleteAll = async (wanted: Job[], left = 0): Promise<void> => {
    const deleted: Job[] = [];
    await telling(trans, async () => {
      for (const job of wanted) {
        await api.deleteJob(job.id);
        deleted.push(job);
      }
    });
    // Also when it broke off half-way: what is gone can be had back.
    await jobs.refresh();
    if (deleted.length > 0) {
      offerUndo(
        deleted,
        [
          trans._n(
            '%1 ended job was deleted.',
            '%1 ended jobs were deleted.',
            deleted.length
          ),
          left > 0 &&
            trans._n(
              '%1 pinned job was left.',
              '%1 pinned jobs were left.',
              left
            )
        ]
          .filter(Boolean)
          .join(' ')
      );
    }
  };
  commands.addCommand(CommandIDs.deleteJobs, {
    label: trans.__('Delete Several Ended Jobs'),
    describedBy: { args: jobsArgs(trans) },
    isEnabled: () => jobs.ended.length > 0,
    execute: args => deleteAll(namedJobs(jobs.ended, args.jobs))
  });
  commands.addCommand(CommandIDs.deleteEnded, {
    label: trans.__('Delete All Ended Jobs'),
    caption: trans.__('Pinned jobs stay.'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          jobs: {
            type: 'array',
            items: { type: 'string' },
            description: trans.__('Ids of ended jobs; left out, all of them')
          }
        }
      }
    },
    isEnabled: () => jobs.ended.length > 0,
    execute: async args => {
      const ended = Array.isArray(args.jobs)
        ? namedJobs(jobs.ended, args.jobs)
        : jobs.ended;
      // Whoever means a pinned one deletes it by itself, or selects it.
      const loose = ended.filter(({ pinned }) => !pinned);
      if (loose.length === 0) {
        Notification.info(
          trans.__('All ended jobs are pinned; none was deleted.'),
          { autoClose: 5000 }
        );
        return;
      }
      await deleteAll(loose, ended.length - loose.length);
    }
  });
}
