import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { modelsIcon } from '../icon';
import { jobArgs, pickJob } from '../jobs/pick';
import { notebooksHere } from '../notebooks';
import { loadSettings } from '../settings';
import { CommandIDs, DOMAIN, ISwApi, ISwJobs, ISwLaunch } from '../tokens';
import { choicesOf, FRESH, type IChoices } from './choices';
import { LaunchModel } from './model';
import { insertLine } from './notebook';
import { addSaveTemplate } from './templatecommand';

const ID = 'jupyter-sw:launch';

/** Where the choices of the last job are kept. */
const LAST = 'jupyter-sw:launch';

/**
 * The form's state, and what it needs of the application.
 */
export const launchPlugin: JupyterFrontEndPlugin<ISwLaunch> = {
  id: ID,
  description: 'Provides the form that runs a model.',
  autoStart: true,
  requires: [ISwApi, ISwJobs],
  optional: [IStateDB, INotebookTracker, ITranslator, ISettingRegistry],
  provides: ISwLaunch,
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    state: IStateDB | null,
    notebookTracker: INotebookTracker | null,
    translator: ITranslator | null,
    settings: ISettingRegistry | null
  ): ISwLaunch => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const notebooks = notebooksHere(notebookTracker);
    if (notebooks) {
      app.commands.addCommand(CommandIDs.insertCommand, {
        label: trans.__('Insert a Model Command'),
        describedBy: {
          args: {
            type: 'object',
            required: ['line'],
            properties: {
              line: {
                type: 'string',
                description: trans.__('What the new cell holds')
              }
            }
          }
        },
        execute: async args => {
          const { line } = args;
          if (
            typeof line === 'string' &&
            !(await insertLine(notebooks, line))
          ) {
            Notification.info(trans.__('Open a notebook first.'), {
              autoClose: 5000
            });
          }
        }
      });
    }
    return new LaunchModel({
      api,
      jobs,
      recall: async () => {
        const last = await state?.fetch(LAST);
        return last ? { ...FRESH, ...(last as Partial<IChoices>) } : undefined;
      },
      remember: choices =>
        void state?.save(LAST, choices as unknown as ReadonlyPartialJSONObject),
      templates: Promise.all([
        import('./templates'),
        loadSettings(settings, ID, trans)
      ]).then(([{ Templates }, loaded]) => new Templates(loaded))
    });
  }
};

/**
 * The ways to the form: palette, launcher, file browser, an ended job.
 */
export const launchCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:launch-commands',
  description: 'Adds the ways to the form that runs a model.',
  autoStart: true,
  requires: [ISwJobs, ISwLaunch],
  optional: [ITranslator, ICommandPalette, ILauncher, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    launch: ISwLaunch,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    files: IFileBrowserFactory | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const category = trans.__('Models');
    const show = async (choices?: Partial<IChoices>): Promise<void> => {
      await commands.execute(CommandIDs.showPanel);
      launch.open(choices);
    };

    commands.addCommand(CommandIDs.launch, {
      label: args =>
        args.isLauncher ? trans.__('Run a Model') : trans.__('Run a Model…'),
      caption: trans.__('Choose a model and run it'),
      icon: modelsIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            model: {
              type: 'string',
              description: trans.__('The model to begin with')
            }
          }
        }
      },
      execute: args =>
        show(typeof args.model === 'string' ? { model: args.model } : undefined)
    });
    palette?.addItem({ command: CommandIDs.launch, category });
    launcher?.add({
      command: CommandIDs.launch,
      args: { isLauncher: true },
      category: trans.__('Other'),
      rank: 10
    });

    commands.addCommand(CommandIDs.launchAgain, {
      label: args =>
        args.job
          ? trans.__('Run Again With Changes…')
          : trans.__('Run a Job Again With Changes…'),
      describedBy: { args: jobArgs(trans) },
      isEnabled: () => jobs.live.length + jobs.ended.length > 0,
      execute: async args => {
        const job = await pickJob({
          jobs,
          id: args.job,
          among: [...jobs.live, ...jobs.ended],
          title: trans.__('Run which job again?'),
          trans
        });
        if (job) {
          await show(choicesOf(job));
        }
      }
    });
    palette?.addItem({ command: CommandIDs.launchAgain, category });

    addSaveTemplate({ commands, jobs, launch, trans });
    palette?.addItem({ command: CommandIDs.saveTemplate, category });

    if (files) {
      const chosen = (): Contents.IModel | undefined =>
        files.tracker.currentWidget?.selectedItems().next().value;
      commands.addCommand(CommandIDs.launchFile, {
        label: trans.__('Run as a Model…'),
        icon: modelsIcon,
        describedBy: { args: { type: 'object', properties: {} } },
        isVisible: () => localPath(chosen()) !== null,
        execute: async () => {
          const path = localPath(chosen());
          if (path !== null) {
            await show({ model: path });
          }
        }
      });
      app.contextMenu.addItem({
        command: CommandIDs.launchFile,
        selector: '.jp-DirListing-item',
        rank: 50
      });
    }
  }
};

/**
 * Where on the server's disk a model lies, if it is one that can be: a directory, or a GGUF file.
 */
function localPath(item: Contents.IModel | undefined): string | null {
  // Files of another drive are not on the server's disk.
  if (!item || item.path.includes(':')) {
    return null;
  }
  const isModel =
    item.type === 'directory' ||
    PathExt.extname(item.path).toLowerCase() === '.gguf';
  const root = PageConfig.getOption('serverRoot');
  return isModel && root ? `${root.replace(/[/\\]$/, '')}/${item.path}` : null;
}
