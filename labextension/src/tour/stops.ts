import type { TranslationBundle } from '@jupyterlab/translation';

import type { LaunchModel } from '../launch/model';
import type { IStop } from './model';

/** How many frames what was opened may take to appear. */
const PATIENCE = 60;

/**
 * The five stops: the sidebar, the form, a job, the status bar, a notebook.
 */
export function tourStops(options: {
  launch: LaunchModel;
  showPanel: () => Promise<void>;

  /** The model that runs without an account or a download. */
  model: string;
  trans: TranslationBundle;
}): IStop[] {
  const { launch, showPanel, model, trans } = options;
  const panel = seen('#jupyter-sw-panel');
  const form = seen('.jp-sw-Launch');
  const job = seen(
    '.jp-sw-Job .jp-sw-Countdown',
    '.jp-sw-Job',
    '#jupyter-sw-panel .jp-sw-State',
    '#jupyter-sw-panel'
  );
  const shown = async (find: IStop['find']): Promise<void> => {
    await showPanel();
    await appears(find);
  };
  let opened = false;
  return [
    {
      title: trans.__('Your models'),
      text: trans.__(
        'This panel shows what there is to run on, and every job: what memory it holds, how fast it answers, when it is released. Its icon in the sidebar brings it back.'
      ),
      find: panel,
      enter: () => shown(panel)
    },
    {
      title: trans.__('Five choices'),
      text: trans.__(
        'Run… opens this form: resource, model, handler, runtime, auto-release. All five are chosen already, so Enter runs what you see. Before that it says what memory the model takes, and whether it fits.'
      ),
      find: form,
      enter: async () => {
        opened = !launch.isOpen;
        if (opened) {
          launch.open();
        }
        await shown(form);
      },
      leave: () => {
        if (opened) {
          launch.close();
        }
      }
    },
    {
      title: trans.__('The memory comes back'),
      text: trans.__(
        'Jobs are listed here. The ring on each counts down to its release: then the model ends and its memory is free again. Extend, pause or cancel it before, whenever you like.'
      ),
      find: job,
      enter: async () => {
        launch.close();
        await shown(job);
      }
    },
    {
      title: trans.__('Always in sight'),
      text: trans.__(
        'While a model runs, the status bar says so, and when the next one is released. A click there opens a menu with all of them, whichever panel is open.'
      ),
      find: seen('.jp-sw-Status', '#jp-main-statusbar')
    },
    {
      title: trans.__('From a notebook'),
      text: trans.__(
        'Two cells do the same. Begin a third with %1, and it is the prompt: the answer streams below it. Chat on a job opens its conversations in a tab.',
        '%%sw'
      ),
      lines: ['%load_ext jupyter_sw', `%sw run ${model}`],
      find: seen(
        '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell',
        '.jp-LauncherCard[data-category="Notebook"]',
        '#jp-main-dock-panel'
      )
    }
  ];
}

/** Find the first of some elements that takes up room on the page. */
function seen(...selectors: string[]): () => Element | null {
  return () => {
    for (const selector of selectors) {
      for (const element of document.querySelectorAll(selector)) {
        const { width, height } = element.getBoundingClientRect();
        if (width > 0 && height > 0) {
          return element;
        }
      }
    }
    return null;
  };
}

/** Wait until something is on the page, for a moment: the tour goes on without it. */
async function appears(find: () => Element | null): Promise<void> {
  for (let i = 0; i < PATIENCE && find() === null; i++) {
    await new Promise(requestAnimationFrame);
  }
}
