import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { jobArgs, pickJob } from '../jobs/pick';
import { canChat } from '../jobs/state';
import { notebooksHere } from '../notebooks';
import type { Job } from '../schema';
import { loadSettings } from '../settings';
import { KeyedTabs } from '../tabs';
import { CommandIDs, DOMAIN, ISwApi, ISwJobs } from '../tokens';
import { makeView } from '../view';
import { addCellCommands } from './cellcommands';
import { addCompare } from './comparecommand';
import type { ChatModel } from './model';
import type { ChatWidget, IChatTabOptions } from './tab';

const ID = 'jupyter-sw:chat';

/**
 * Conversations as tabs; their code is loaded with the first one.
 */
export const chatPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Chats with running models in tabs.',
  autoStart: true,
  requires: [ISwApi, ISwJobs, IRenderMimeRegistry],
  optional: [
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    ILabShell,
    ISettingRegistry,
    INotebookTracker,
    IFileBrowserFactory
  ],
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    settingRegistry: ISettingRegistry | null,
    notebookTracker: INotebookTracker | null,
    files: IFileBrowserFactory | null
  ): void => {
    const { commands } = app;
    const notebooks = notebooksHere(notebookTracker);
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const view = makeView({ commands, trans, jobs });
    const settings = loadSettings(settingRegistry, ID, trans);
    const command = CommandIDs.openChat;
    const running = (): Job[] => jobs.live.filter(canChat);
    const models = new WeakMap<Widget, ChatModel>();
    // What all tabs with chats are made from; loaded with the first one.
    const load = async (): Promise<
      Omit<IChatTabOptions, 'job' | 'commands'>
    > => {
      const [{ Sources }, { notebookVerbs }, loaded] = await Promise.all([
        import('./sources'),
        import('./code'),
        settings
      ]);
      const kernelName = (): string | undefined =>
        app.serviceManager.kernelspecs.specs?.default;
      return {
        api,
        jobs,
        rendermime,
        settings: loaded,
        codeVerbs: notebooks
          ? notebookVerbs({
              commands,
              notebooks,
              kernelName,
              canCreate: labShell !== null,
              trans
            })
          : [],
        sources: new Sources({ app, notebooks, files, trans }),
        view
      };
    };
    const open = (
      job: Job,
      chat?: string,
      beside = false
    ): Promise<MainAreaWidget<Widget>> =>
      tabs.open(
        job.id,
        async () => {
          const [{ makeChatTab }, parts] = await Promise.all([
            import('./tab'),
            load()
          ]);
          const made = makeChatTab({ ...parts, job, chat, commands });
          const { model } = made.content;
          models.set(made, model);
          let shown = model.chat?.id;
          model.changed.connect(() => {
            if (model.chat?.id !== shown) {
              shown = model.chat?.id;
              tabs.save(made);
            }
          });
          return made;
        },
        { beside }
      );
    commands.addCommand(command, {
      label: trans.__('Chat With a Model'),
      describedBy: {
        args: jobArgs(trans, {
          chat: {
            type: 'string',
            description: trans.__(
              'Id of the conversation; left out, the newest one is shown'
            )
          }
        })
      },
      isEnabled: args => typeof args.job === 'string' || running().length > 0,
      execute: async args => {
        const job = await pickJob({
          jobs,
          id: args.job,
          among: running(),
          title: trans.__('Chat with which model?'),
          trans
        });
        if (!job) {
          return;
        }
        const chat = typeof args.chat === 'string' ? args.chat : undefined;
        const tab = await open(job, chat);
        const model = models.get(tab);
        if (chat !== undefined && model?.isLoaded) {
          await model.open(chat);
        }
        return tab;
      }
    });
    const tabs = new KeyedTabs({
      app,
      labShell,
      restorer,
      namespace: 'jupyter-sw-chat',
      command,
      args: (tab, job) => ({ job, chat: models.get(tab)?.chat?.id ?? null })
    });
    if (notebooks) {
      addCellCommands({
        app,
        notebooks,
        jobs,
        running,
        open: async job =>
          (await open(job, undefined, true)).content as ChatWidget,
        activeCell: async () => (await load()).sources.activeCell(),
        settings,
        trans
      });
    }
    addCompare({ app, labShell, restorer, api, jobs, running, load, trans });
    const { compareChats, askAboutCell, explainError } = CommandIDs;
    for (const one of [command, compareChats, askAboutCell, explainError]) {
      palette?.addItem({ command: one, category: trans.__('Models') });
    }
  }
};
