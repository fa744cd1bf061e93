import { Notification } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

/**
 * Something that can be done with the code of an answer.
 */
export interface ICodeVerb {
  label: string;

  /** The tooltip. */
  title: string;

  /** Told on the button for a moment after it was done. */
  done?: string;
  run: (code: string) => void;
}

/**
 * What can be done with the code of an answer where there are notebooks.
 */
export function notebookVerbs(options: {
  commands: CommandRegistry;
  notebooks: INotebookTracker;

  /** The kernel that a new notebook gets. */
  kernelName: () => string | undefined;

  /** Whether a new notebook opens here, and not in another tab of the browser. */
  canCreate: boolean;
  trans: TranslationBundle;
}): ICodeVerb[] {
  const { commands, notebooks, kernelName, canCreate, trans } = options;
  const inNotebook =
    (work: (panel: NotebookPanel, code: string) => void) =>
    (code: string): void => {
      const panel = notebooks.currentWidget;
      if (!panel?.content.model) {
        Notification.info(trans.__('Open a notebook first.'), {
          autoClose: 5000
        });
        return;
      }
      work(panel, code.trimEnd());
    };
  const verbs: ICodeVerb[] = [
    {
      label: trans.__('Insert below'),
      title: trans.__('Insert this code below the active cell'),
      done: trans.__('Inserted'),
      run: inNotebook(insertBelow)
    },
    {
      label: trans.__('Replace cell'),
      title: trans.__('Put this code in place of the active cell’s'),
      done: trans.__('Replaced'),
      run: inNotebook(replaceCell)
    }
  ];
  if (canCreate) {
    verbs.push({
      label: trans.__('New notebook'),
      title: trans.__('Open a new notebook with this code'),
      run: code => void newNotebook(commands, kernelName(), code.trimEnd())
    });
  }
  return verbs;
}

function insertBelow(panel: NotebookPanel, code: string): void {
  const notebook = panel.content;
  const at = notebook.activeCellIndex + 1;
  notebook.model?.sharedModel.insertCell(at, {
    cell_type: 'code',
    source: code
  });
  notebook.activeCellIndex = at;
  notebook.deselectAll();
}

/**
 * The cell's own undo brings back what was there.
 */
function replaceCell(panel: NotebookPanel, code: string): void {
  panel.content.activeCell?.model.sharedModel.setSource(code);
}

async function newNotebook(
  commands: CommandRegistry,
  kernelName: string | undefined,
  code: string
): Promise<void> {
  const panel: NotebookPanel | undefined = await commands.execute(
    'notebook:create-new',
    kernelName === undefined ? {} : { kernelName }
  );
  await panel?.context.ready;
  const cells = panel?.content.model?.sharedModel;
  if (cells && cells.cells.length > 0) {
    cells.getCell(0).setSource(code);
  } else {
    cells?.addCell({ cell_type: 'code', source: code });
  }
}
