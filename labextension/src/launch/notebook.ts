import type { INotebookTracker } from '@jupyterlab/notebook';

const LOAD = '%load_ext jupyter_sw';

/**
 * Add a cell with a line below the active one; false when no notebook is open.
 *
 * The first such cell of a notebook loads the magics, too.
 */
export async function insertLine(
  tracker: INotebookTracker,
  line: string
): Promise<boolean> {
  const panel = tracker.currentWidget;
  await panel?.context.ready;
  const notebook = panel?.content;
  const model = notebook?.model;
  if (!notebook || !model) {
    return false;
  }
  const loads = [...model.cells].some(cell =>
    cell.sharedModel.getSource().includes(LOAD)
  );
  const at = notebook.activeCellIndex + 1;
  model.sharedModel.insertCell(at, {
    cell_type: 'code',
    source: loads ? line : `${LOAD}\n${line}`
  });
  notebook.activeCellIndex = at;
  notebook.deselectAll();
  return true;
}
