import { PageConfig } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';

/**
 * The notebooks that can be open on this page. Notebook 7 has a page for each, and none among its
 * files; JupyterLab has only one page, which is not named.
 */
export function notebooksHere(
  tracker: INotebookTracker | null
): INotebookTracker | null {
  const page = PageConfig.getOption('notebookPage');
  return page === '' || page === 'notebooks' ? tracker : null;
}
