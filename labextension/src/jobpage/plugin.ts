import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

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
import { makeView } from '../view';
import { MetricsHistory } from './history';
import { type JobPageModel, SECTIONS, sectionOf } from './model';

/**
 * Pages of jobs as tabs; their code is loaded with the first one.
 */
export const jobPagePlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:job-page',
  description: 'Shows all about a job in a tab.',
  autoStart: true,
  requires: [ISwApi, ISwJobs, ISwLogPreferences],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    logPreferences: ISwLogPreferences,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const command = CommandIDs.openJob;
    const history = new MetricsHistory(jobs);
    const models = new WeakMap<Widget, JobPageModel>();
    const all = (): Job[] => [...jobs.live, ...jobs.ended];

    const make = async (job: string): Promise<MainAreaWidget<Widget>> => {
      const { makeJobTab } = await import('./tab');
      const tab = makeJobTab({
        api,
        jobs,
        job,
        history,
        logPreferences,
        view: makeView({ commands, trans, jobs }),
        onRefresh: () => void commands.execute(CommandIDs.refresh),
        onShowAll: () => void commands.execute(CommandIDs.showPanel)
      });
      const { model } = tab.content;
      models.set(tab, model);
      let { section } = model;
      model.changed.connect(() => {
        if (model.section !== section) {
          section = model.section;
          tabs.save(tab);
        }
      });
      return tab;
    };

    commands.addCommand(command, {
      label: trans.__('Show All About a Job'),
      describedBy: {
        args: jobArgs(trans, {
          section: {
            type: 'string',
            enum: [...SECTIONS],
            description: trans.__('What to show of it')
          }
        })
      },
      isEnabled: args => typeof args.job === 'string' || all().length > 0,
      execute: async args => {
        // A job that is named is shown at once: the page says itself when there is none.
        const id =
          typeof args.job === 'string'
            ? args.job
            : (
                await pickJob({
                  jobs,
                  id: undefined,
                  among: all(),
                  title: trans.__('Show all about which job?'),
                  trans
                })
              )?.id;
        if (id === undefined) {
          return;
        }
        const tab = await tabs.open(id, () => make(id));
        const section = sectionOf(args.section);
        const model = models.get(tab);
        if (section && model) {
          model.section = section;
        }
        return tab;
      }
    });
    const tabs = new KeyedTabs({
      app,
      labShell,
      restorer,
      namespace: 'jupyter-sw-job',
      command,
      args: (tab, job) => ({
        job,
        section: models.get(tab)?.section ?? null
      })
    });
    palette?.addItem({ command, category: trans.__('Models') });
  }
};
