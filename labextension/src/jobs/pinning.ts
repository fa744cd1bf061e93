import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { Api } from '../api';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import type { JobsModel } from './model';
import { jobsArgs, namedJobs } from './several';
import { type AddVerb, telling } from './verbs';

/**
 * Add the commands that pin jobs: they come first, and are kept when they have ended.
 */
export function addPinning(options: {
  commands: CommandRegistry;
  api: Api;
  jobs: JobsModel;
  trans: TranslationBundle;
  verb: AddVerb;
}): void {
  const { commands, api, jobs, trans, verb } = options;
  const all = (): Job[] => [...jobs.live, ...jobs.ended];
  const pin = async (job: Job, pinned: boolean): Promise<void> =>
    jobs.update(await api.patchJob(job.id, { pinned }));

  verb({
    command: CommandIDs.pinJob,
    label: trans.__('Pin or Unpin a Job'),
    short: job => (job.pinned ? trans.__('Unpin') : trans.__('Pin')),
    title: trans.__('Pin or unpin which job?'),
    among: all,
    work: job => pin(job, !job.pinned)
  });
  commands.addCommand(CommandIDs.pinJobs, {
    label: trans.__('Pin Several Jobs'),
    describedBy: {
      args: jobsArgs(trans, {
        pinned: {
          type: 'boolean',
          description: trans.__('False unpins them')
        }
      })
    },
    execute: async args => {
      const pinned = args.pinned !== false;
      const others = namedJobs(all(), args.jobs).filter(
        job => job.pinned !== pinned
      );
      await Promise.all(
        others.map(job => telling(trans, () => pin(job, pinned)))
      );
    }
  });
}
