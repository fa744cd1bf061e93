import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { jobArgs, pickJob } from '../jobs/pick';
import { canChat } from '../jobs/state';
import type { Job } from '../schema';
import { JobTabs } from '../tabs';
import { CommandIDs, DOMAIN, ISwApi, ISwJobs } from '../tokens';
import { makeView } from '../view';
import type { ChatModel } from './model';

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
    notebooks: INotebookTracker | null,
    files: IFileBrowserFactory | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const view = makeView({ commands, trans, jobs });
    const command = CommandIDs.openChat;
    const running = (): Job[] => jobs.live.filter(canChat);
    const models = new WeakMap<Widget, ChatModel>();
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
        const tab = await tabs.open(job.id, async () => {
          const [{ makeChatTab }, { Sources }, code, settings] =
            await Promise.all([
              import('./tab'),
              import('./sources'),
              notebooks && import('./code'),
              settingRegistry?.load(ID).catch(() => null) ?? null
            ]);
          const made = makeChatTab({
            api,
            jobs,
            job,
            chat,
            commands,
            rendermime,
            settings,
            codeVerbs:
              code && notebooks
                ? code.notebookVerbs({
                    commands,
                    notebooks,
                    kernelName: () =>
                      app.serviceManager.kernelspecs.specs?.default,
                    trans
                  })
                : [],
            sources: new Sources({ app, notebooks, files, trans }),
            view
          });
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
        });
        const model = models.get(tab);
        if (chat !== undefined && model?.isLoaded) {
          await model.open(chat);
        }
        return tab;
      }
    });
    const tabs = new JobTabs({
      app,
      labShell,
      restorer,
      namespace: 'jupyter-sw-chat',
      command,
      saved: tab => ({ chat: models.get(tab)?.chat?.id ?? null })
    });
    palette?.addItem({ command, category: trans.__('Models') });
  }
};
