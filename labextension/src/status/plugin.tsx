import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import React from 'react';

import { ViewContext } from '../context';
import { modelsIcon } from '../icon';
import { CommandIDs, DOMAIN, ISwJobs } from '../tokens';
import { makeView } from '../view';
import { StatusLine } from './line';

/** Beside the kernels' item. */
const RANK = 3;

/**
 * Live jobs and the next release in the status bar.
 */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:status',
  description: 'Shows live jobs and the next release in the status bar.',
  autoStart: true,
  requires: [ISwJobs],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const view = makeView({ commands, trans, jobs });
    const item = ReactWidget.create(
      <ViewContext.Provider value={{ ...view, visible: true }}>
        <StatusLine
          jobs={jobs}
          icon={<modelsIcon.react tag="span" stylesheet="statusBar" />}
          onOpen={() => void commands.execute(CommandIDs.showPanel)}
        />
      </ViewContext.Provider>
    );
    item.addClass('jp-sw-Status');
    statusBar.registerStatusItem('jupyter-sw:status', {
      item,
      align: 'left',
      rank: RANK,
      isActive: () => jobs.live.length > 0,
      activeStateChanged: jobs.changed
    });
  }
};
