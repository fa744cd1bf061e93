import { MainAreaWidget } from '@jupyterlab/apputils';

import { modelsIcon } from '../icon';
import { LogView } from './view';

/**
 * Make the tab of a job's log.
 */
export function makeLogTab(
  options: LogView.IOptions & { name: string }
): MainAreaWidget<LogView> {
  const { job, name, trans } = options;
  const tab = new MainAreaWidget({ content: new LogView(options) });
  tab.id = `jupyter-sw-logs-${job}`;
  tab.title.label = trans.__('Logs: %1', name);
  tab.title.caption = trans.__('Log of %1 (job %2)', name, job);
  tab.title.icon = modelsIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
