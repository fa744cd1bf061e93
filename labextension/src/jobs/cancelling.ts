import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { Api } from '../api';
import { formatList } from '../locale';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import type { JobsModel } from './model';
import { jobArgs, pickJob } from './pick';
import { jobsArgs, namedJobs } from './several';
import { canCancel } from './state';
import { telling } from './verbs';
import { cancelWarning } from './words';

/**
 * Add the commands that end jobs; each asks first, and once for several.
 */
export function addCancelling(options: {
  commands: CommandRegistry;
  api: Api;
  jobs: JobsModel;
  trans: TranslationBundle;
}): void {
  const { commands, api, jobs, trans } = options;
  const cancellable = (): Job[] => jobs.live.filter(canCancel);
  const cancel = (job: Job): Promise<void> =>
    telling(trans, async () => jobs.update(await api.cancelJob(job.id)));

  commands.addCommand(CommandIDs.cancelJob, {
    label: trans.__('Cancel a Job…'),
    describedBy: { args: jobArgs(trans) },
    isEnabled: () => cancellable().length > 0,
    execute: async args => {
      const job = await pickJob({
        jobs,
        id: args.job,
        among: cancellable(),
        title: trans.__('Cancel which job?'),
        trans
      });
      if (job && (await confirmCancel([job], trans))) {
        await cancel(job);
      }
    }
  });
  commands.addCommand(CommandIDs.cancelJobs, {
    label: trans.__('Cancel Several Jobs…'),
    describedBy: { args: jobsArgs(trans) },
    isEnabled: () => cancellable().length > 0,
    execute: async args => {
      const wanted = namedJobs(cancellable(), args.jobs);
      if (wanted.length > 0 && (await confirmCancel(wanted, trans))) {
        // Some may have ended while the question was open.
        await Promise.all(namedJobs(cancellable(), args.jobs).map(cancel));
      }
    }
  });
}

async function confirmCancel(
  jobs: Job[],
  trans: TranslationBundle
): Promise<boolean> {
  const [job, ...others] = jobs;
  const several = others.length > 0;
  const { button } = await showDialog({
    title: several
      ? trans._n('Cancel %1 job?', 'Cancel %1 jobs?', jobs.length)
      : trans.__('Cancel %1?', job.name),
    body: several
      ? trans.__(
          '%1: their models leave memory, and answers that are being written stop where they are. Conversations, logs and the downloaded files are kept.',
          formatList(jobs.map(({ name }) => name))
        )
      : cancelWarning(job, trans),
    buttons: [
      Dialog.cancelButton({
        label: several ? trans.__('Keep them') : trans.__('Keep it')
      }),
      Dialog.warnButton({
        label: several ? trans.__('Cancel jobs') : trans.__('Cancel job')
      })
    ]
  });
  return button.accept;
}
