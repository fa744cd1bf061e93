import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { jobArgs, pickJob } from '../jobs/pick';
import { isServed } from '../jobs/state';
import type { Job } from '../schema';
import { loadSettings } from '../settings';
import { JobTabs } from '../tabs';
import { CommandIDs, DOMAIN, ISwApi, ISwJobs } from '../tokens';
import { makeView } from '../view';

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
    ISettingRegistry
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
    settingRegistry: ISettingRegistry | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const view = makeView({ commands, trans, jobs });
    const settings = loadSettings(settingRegistry, ID, trans);
    const command = CommandIDs.openChat;
    const running = (): Job[] =>
      jobs.live.filter(
        job =>
          job.state === 'running' && isServed(job) && job.handler === 'chatbot'
      );
    commands.addCommand(command, {
      label: trans.__('Chat With a Model'),
      describedBy: { args: jobArgs(trans) },
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
        return tabs.open(job.id, async () => {
          const [{ makeChatTab }, loaded] = await Promise.all([
            import('./tab'),
            settings
          ]);
          return makeChatTab({
            api,
            jobs,
            job,
            rendermime,
            settings: loaded,
            view
          });
        });
      }
    });
    const tabs = new JobTabs({
      app,
      labShell,
      restorer,
      namespace: 'jupyter-sw-chat',
      command
    });
    palette?.addItem({ command, category: trans.__('Models') });
  }
};
