import { MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ToolbarButton } from '@jupyterlab/ui-components';

import type { Api } from '../api';
import { ApiError } from '../errors';
import { modelsIcon } from '../icon';
import { makeLevelSelect } from './levelselect';
import { LogView } from './view';

/**
 * Make the tab of a job's log.
 */
export function makeLogTab(options: {
  api: Api;
  job: string;
  name: string;
  trans: TranslationBundle;
}): MainAreaWidget<LogView> {
  const { api, job, name, trans } = options;
  const view = new LogView({ api, job, trans });
  const tab = new MainAreaWidget({ content: view });
  tab.id = `jupyter-sw-logs-${job}`;
  tab.title.label = trans.__('Logs: %1', name);
  tab.title.caption = trans.__('Log of %1 (job %2)', name, job);
  tab.title.icon = modelsIcon;
  tab.title.closable = true;

  const follow = new ToolbarButton({
    label: trans.__('Follow'),
    tooltip: trans.__('Keep to the end of the log'),
    pressed: view.follow,
    onClick: () => {
      view.follow = !view.follow;
    }
  });
  const wrap = new ToolbarButton({
    label: trans.__('Wrap'),
    tooltip: trans.__('Wrap long lines'),
    pressed: view.wrap,
    onClick: () => {
      view.wrap = !view.wrap;
    }
  });
  view.changed.connect(() => {
    follow.pressed = view.follow;
    wrap.pressed = view.wrap;
  });
  tab.toolbar.addItem(
    'search',
    new ToolbarButton({
      label: trans.__('Search'),
      tooltip: trans.__('Search in the log'),
      onClick: () => view.find()
    })
  );
  tab.toolbar.addItem('level', makeLevelSelect(view, trans));
  tab.toolbar.addItem('follow', follow);
  tab.toolbar.addItem('wrap', wrap);
  tab.toolbar.addItem(
    'download',
    new ToolbarButton({
      label: trans.__('Download'),
      tooltip: trans.__('Save the whole log as a file'),
      onClick: () =>
        void download(api, job, `${name}.log`).catch(error => {
          Notification.error(ApiError.from(error).message, {
            autoClose: 10_000
          });
        })
    })
  );
  return tab;
}

async function download(api: Api, job: string, file: string): Promise<void> {
  const blob = new Blob([await api.log(job)], { type: 'text/plain' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  URL.revokeObjectURL(url);
}
