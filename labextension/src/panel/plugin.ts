import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { modelsIcon } from '../icon';
import { CommandIDs, DOMAIN, ISwDevices, ISwJobs, ISwLaunch } from '../tokens';
import { makeView } from '../view';
import { Sidebar } from './sidebar';

/** Third parties' place among the sidebars. */
const RANK = 700;

/**
 * The sidebar in JupyterLab and Notebook 7.
 */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:panel',
  description: 'Shows jobs and devices in a sidebar.',
  autoStart: true,
  requires: [ISwJobs, ISwDevices, ISwLaunch],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    devices: ISwDevices,
    launch: ISwLaunch,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const sidebar = new Sidebar({
      view: makeView({ commands, trans, jobs }),
      jobs,
      devices,
      launch,
      onRefresh: () => void commands.execute(CommandIDs.refresh)
    });
    shell.add(sidebar, 'left', { rank: RANK, type: trans.__('Models') });
    if (labShell) {
      restorer?.add(sidebar, Sidebar.ID);
    }

    commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show Models'),
      caption: trans.__('Show the jobs and devices of jupyter_sw'),
      icon: modelsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        shell.activateById(Sidebar.ID);
        // After the palette, which gives the focus back to the document.
        await new Promise(resolve => setTimeout(resolve));
        sidebar.focus();
      }
    });
    commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh Models'),
      caption: trans.__('Read jobs and devices again'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        await Promise.all([jobs.refresh(), devices.refresh()]);
      }
    });
    const category = trans.__('Models');
    palette?.addItem({ command: CommandIDs.showPanel, category });
    palette?.addItem({ command: CommandIDs.refresh, category });
  }
};
