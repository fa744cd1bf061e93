import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { bugIcon } from '@jupyterlab/ui-components';

import { modelsIcon } from '../icon';
import type { JobsModel } from '../jobs/model';
import { telling } from '../jobs/verbs';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import type { IAttachment } from './attachments';
import { jobForNotebook } from './cells';

/**
 * A chat that can be given something to talk about.
 */
export interface IAsker {
  /** Let it go with the next message, which a person writes. */
  attach(item: IAttachment): void;

  /** Say it with `content` in a new conversation. */
  ask(content: string, item: IAttachment): Promise<void>;
}

/**
 * Add what the toolbar of a cell offers: ask about the cell, have its error explained.
 */
export function addCellCommands(options: {
  app: JupyterFrontEnd;
  notebooks: INotebookTracker;
  jobs: JobsModel;

  /** The jobs that can be asked. */
  running: () => Job[];

  /** Show the chat of a job beside the notebook. */
  open: (job: Job) => Promise<IAsker>;

  /** The active cell with its outputs and errors. */
  activeCell: () => Promise<IAttachment | null>;
  settings: Promise<ISettingRegistry.ISettings | null>;
  trans: TranslationBundle;
}): void {
  const { app, notebooks, jobs, running, open, activeCell, trans } = options;
  const { commands } = app;
  let shown = true;
  const job = (): Job | undefined =>
    jobForNotebook(running(), notebooks.currentWidget?.context.path ?? '');
  const canAsk = (): boolean =>
    notebooks.activeCell !== null && job() !== undefined;
  const withCell = async (
    act: (chat: IAsker, cell: IAttachment) => void | Promise<void>
  ): Promise<void> =>
    telling(trans, async () => {
      const [asked, cell] = [job(), await activeCell()];
      if (asked && cell) {
        await act(await open(asked), cell);
      }
    });

  commands.addCommand(CommandIDs.askAboutCell, {
    label: trans.__('Ask a Model About This Cell'),
    caption: trans.__('Ask a running model about this cell'),
    icon: modelsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: canAsk,
    isVisible: () => shown && canAsk(),
    execute: () => withCell((chat, cell) => chat.attach(cell))
  });
  commands.addCommand(CommandIDs.explainError, {
    label: trans.__('Explain and Mend This Error'),
    caption: trans.__('Have a running model explain this error and mend it'),
    icon: bugIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => canAsk() && hasError(notebooks),
    isVisible: () => shown && canAsk() && hasError(notebooks),
    execute: () =>
      withCell((chat, cell) =>
        chat.ask(
          trans.__(
            'Explain the error of this cell in a few sentences, then show the cell mended.'
          ),
          cell
        )
      )
  });

  const tell = (): void => {
    commands.notifyCommandChanged(CommandIDs.askAboutCell);
    commands.notifyCommandChanged(CommandIDs.explainError);
  };
  notebooks.activeCellChanged.connect(tell);
  NotebookActions.executed.connect(tell);
  jobs.jobChanged.connect(tell);
  void options.settings.then(settings => {
    const read = (): void => {
      shown = settings?.composite.cellActions !== false;
      tell();
    };
    settings?.changed.connect(read);
    read();
  });
}

/** Whether the last run of the active cell failed. */
function hasError(notebooks: INotebookTracker): boolean {
  const cell = notebooks.activeCell?.model.sharedModel;
  return (
    cell?.cell_type === 'code' &&
    'outputs' in cell &&
    (cell.outputs as { output_type: string }[]).some(
      output => output.output_type === 'error'
    )
  );
}
