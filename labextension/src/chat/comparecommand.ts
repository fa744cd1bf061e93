import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobsModel } from '../jobs/model';
import { jobArgs, pickJob } from '../jobs/pick';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import type { IChatTabOptions } from './tab';

/**
 * Add the command that asks two models side by side.
 */
export function addCompare(options: {
  app: JupyterFrontEnd;
  labShell: ILabShell | null;
  jobs: JobsModel;

  /** The jobs that can be asked. */
  running: () => Job[];

  /** What tabs with chats are made from. */
  load: () => Promise<Omit<IChatTabOptions, 'job' | 'commands'>>;
  trans: TranslationBundle;
}): void {
  const { app, labShell, jobs, running, load, trans } = options;
  let count = 0;
  app.commands.addCommand(CommandIDs.compareChats, {
    label: trans.__('Ask Two Models Side by Side'),
    describedBy: {
      args: jobArgs(trans, {
        other: {
          type: 'string',
          description: trans.__('Id of the job in the second column')
        }
      })
    },
    isEnabled: () => running().length > 1,
    execute: async args => {
      const left = await pickJob({
        jobs,
        id: args.job,
        among: running(),
        title: trans.__('Ask which model?'),
        trans
      });
      const right =
        left &&
        (await pickJob({
          jobs,
          id: args.other,
          among: running().filter(({ id }) => id !== left.id),
          title: trans.__('Ask which other model, too?'),
          trans
        }));
      if (!left || !right) {
        return;
      }
      const [{ makeCompareTab }, parts] = await Promise.all([
        import('./comparetab'),
        load()
      ]);
      const tab = makeCompareTab({ ...parts, columns: [left, right] });
      tab.id = `jupyter-sw-compare-${(count += 1)}`;
      app.shell.add(tab, labShell ? 'main' : 'right');
      app.shell.activateById(tab.id);
      return tab;
    }
  });
}
