import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, DOMAIN, ISwDevices, ISwJobs } from '../tokens';
import { makeView } from '../view';
import { StatusItem } from './item';

/** Beside the kernels' item. */
const RANK = 3;

/**
 * Live jobs and the next release in the status bar, with a menu.
 */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:status',
  description: 'Shows live jobs and the next release in the status bar.',
  autoStart: true,
  requires: [ISwJobs, ISwDevices],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    devices: ISwDevices,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const item = new StatusItem({
      view: makeView({ commands, trans, jobs }),
      jobs,
      devices,
      actions: {
        show: () => void commands.execute(CommandIDs.showPanel),
        launch: () => void commands.execute(CommandIDs.launch)
      }
    });
    statusBar.registerStatusItem('jupyter-sw:status', {
      item,
      align: 'left',
      rank: RANK,
      isActive: () => jobs.live.length > 0,
      activeStateChanged: jobs.changed
    });
  }
};
