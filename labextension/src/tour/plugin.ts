import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { modelsIcon } from '../icon';
import { loadSettings } from '../settings';
import { CommandIDs, DOMAIN, ISwJobs, ISwLaunch } from '../tokens';
import { makeView } from '../view';
import { answer, isWanted, offer, ready } from './offer';

const ID = 'jupyter-sw:tour';

/**
 * A tour of five stops: offered once, there for ever in the Help menu.
 *
 * Notebook 7 has a page for each document; the places that the tour shows are not on one page.
 */
export const tourPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows a newcomer around in five steps.',
  autoStart: true,
  requires: [ISwJobs, ISwLaunch],
  optional: [ISettingRegistry, ITranslator, ICommandPalette, ILabShell],
  activate: async (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    launch: ISwLaunch,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ): Promise<void> => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const loading = loadSettings(settingRegistry, ID, trans);
    if (!labShell) {
      return;
    }
    let tour: Widget | null = null;
    const start = async (): Promise<void> => {
      const { showTour } = await import('./widget');
      if (tour && !tour.isDisposed) {
        return;
      }
      tour = showTour({
        view: makeView({ commands, trans, jobs }),
        launch,
        showPanel: () => commands.execute(CommandIDs.showPanel),
        model: jobs.status?.default_model ?? '',
        onFocusLost: () => labShell.currentWidget?.activate()
      });
      const settings = await loading;
      if (settings) {
        await answer(settings);
      }
    };
    commands.addCommand(CommandIDs.tour, {
      label: trans.__('Models: Guided Tour'),
      caption: trans.__('See in five steps how models are run here'),
      icon: modelsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: start
    });
    palette?.addItem({
      command: CommandIDs.tour,
      category: trans.__('Models')
    });

    const settings = await loading;
    if (!settings || !isWanted(settings)) {
      return;
    }
    void app.restored
      .then(() => ready(jobs))
      .then(undisturbed)
      .then(() => {
        if (isWanted(settings) && labShell.mode === 'multiple-document') {
          offer({
            settings,
            notices: Notification,
            trans,
            onStart: () => void start()
          });
        }
      });
  }
};

/**
 * Wait until no dialog is open.
 */
async function undisturbed(): Promise<void> {
  const { tracker } = Dialog;
  for (let one = tracker.currentWidget; one; one = tracker.currentWidget) {
    const dialog = one;
    await new Promise<void>(resolve => {
      dialog.disposed.connect(() => resolve());
    });
  }
}
