import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IViewContext } from './context';
import type { JobsModel } from './jobs/model';
import { CommandIDs } from './tokens';

/**
 * The context of a view in the application: actions are commands.
 */
export function makeView(options: {
  commands: CommandRegistry;
  trans: TranslationBundle;
  jobs: JobsModel;
}): Omit<IViewContext, 'visible'> {
  const { commands, trans, jobs } = options;
  const run =
    (command: string) =>
    (job: { id: string }): void =>
      void commands.execute(command, { job: job.id });
  const runAll =
    (command: string) =>
    (several: { id: string }[], more = {}): void =>
      void commands.execute(command, {
        ...more,
        jobs: several.map(({ id }) => id)
      });
  const pinAll = runAll(CommandIDs.pinJobs);
  return {
    trans,
    clock: jobs.clock,
    longest: () => jobs.longest,
    root: () => jobs.status?.root_dir ?? '',
    actions: {
      open: run(CommandIDs.openJob),
      chat: run(CommandIDs.openChat),
      logs: run(CommandIDs.openLogs),
      extend: run(CommandIDs.extendJob),
      cancel: run(CommandIDs.cancelJob),
      pause: run(CommandIDs.pauseJob),
      resume: run(CommandIDs.resumeJob),
      rerun: run(CommandIDs.rerunJob),
      remove: run(CommandIDs.deleteJob),
      removeAll: ended => runAll(CommandIDs.deleteEnded)(ended),
      removeThese: ended => runAll(CommandIDs.deleteJobs)(ended),
      cancelThese: live => runAll(CommandIDs.cancelJobs)(live),
      pin: (several, pinned) => pinAll(several, { pinned }),
      openNotebook: path =>
        void commands.execute(CommandIDs.openNotebook, { path }),
      more: (job, anchor) =>
        void import('./jobs/menu').then(({ openJobMenu }) =>
          openJobMenu(commands, job, anchor)
        )
    },
    copy: text => Clipboard.copyToSystem(text),
    ...(commands.hasCommand(CommandIDs.insertCommand) && {
      insert: (line: string) =>
        void commands.execute(CommandIDs.insertCommand, { line })
    })
  };
}
