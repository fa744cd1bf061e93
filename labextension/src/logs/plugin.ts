import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { jobArgs, pickJob } from '../jobs/pick';
import type { Job } from '../schema';
import { KeyedTabs } from '../tabs';
import {
  CommandIDs,
  DOMAIN,
  ISwApi,
  ISwJobs,
  ISwLogPreferences
} from '../tokens';
import { LogPreferences } from './preferences';

/**
 * Logs of jobs as tabs; their code is loaded with the first one.
 */
export const logsPlugin: JupyterFrontEndPlugin<ISwLogPreferences> = {
  id: 'jupyter-sw:logs',
  description: "Shows a job's log in a tab.",
  autoStart: true,
  provides: ISwLogPreferences,
  requires: [ISwApi, ISwJobs],
  optional: [
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    ILabShell,
    IStateDB
  ],
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    state: IStateDB | null
  ): ISwLogPreferences => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const command = CommandIDs.openLogs;
    const preferences = new LogPreferences(state);
    const all = (): Job[] => [...jobs.live, ...jobs.ended];
    app.commands.addCommand(command, {
      label: trans.__("Show a Job's Log"),
      describedBy: { args: jobArgs(trans) },
      isEnabled: args => typeof args.job === 'string' || all().length > 0,
      execute: async args => {
        const job = await pickJob({
          jobs,
          id: args.job,
          among: all(),
          title: trans.__('Show the log of which job?'),
          trans
        });
        if (!job) {
          return;
        }
        const { id, name } = job;
        return tabs.open(id, async () =>
          (await import('./tab')).makeLogTab({
            api,
            job: id,
            name,
            trans,
            preferences
          })
        );
      }
    });
    const tabs = new KeyedTabs({
      app,
      labShell,
      restorer,
      namespace: 'jupyter-sw-logs',
      command,
      args: (_, job) => ({ job })
    });
    palette?.addItem({ command, category: trans.__('Models') });
    return preferences;
  }
};
