import type { JupyterFrontEnd } from '@jupyterlab/application';
import { FileDialog, type IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { MimeData } from '@lumino/coreutils';

import type { IAttachment } from './attachments';
import { type ICell, quoteCell, quoteFile, quoteSelection } from './quote';

/** What JupyterLab calls dragged cells and files. */
const CELLS = 'application/vnd.jupyter.cells';
const FILES = 'application/x-jupyter-icontents';

/** Characters of a file that may go with a message. */
const FILE_LIMIT = 200_000;

/** A part of an editor, as notebooks and files have it. */
interface IEditor {
  getSelection(): { start: IPosition; end: IPosition };
  getOffsetAt(position: IPosition): number;
  model: { mimeType: string; sharedModel: { getSource(): string } };
}

interface IPosition {
  line: number;
  column: number;
}

/**
 * Where what goes with a message comes from: notebooks, files and editors of the application.
 */
export class Sources {
  constructor(
    private readonly _options: {
      app: JupyterFrontEnd;
      notebooks: INotebookTracker | null;
      files: IFileBrowserFactory | null;
      trans: TranslationBundle;
    }
  ) {}

  /** Whether there is a file browser to choose from. */
  get hasFiles(): boolean {
    return Boolean(this._options.files?.tracker.currentWidget);
  }

  /**
   * The active cell of the notebook in front, with its outputs and errors.
   */
  activeCell(): IAttachment | null {
    const { notebooks, trans } = this._options;
    const cell = notebooks?.activeCell?.model.toJSON();
    return cell ? quoteCell(cell, this._language(), trans) : null;
  }

  /**
   * What is selected in an editor that can be seen: of the active cell, or of a file.
   */
  selection(): IAttachment | null {
    const { app, notebooks, trans } = this._options;
    const panel = notebooks?.currentWidget;
    const candidates: { editor?: IEditor | null; title: string }[] = [];
    if (panel?.isVisible) {
      candidates.push({
        editor: notebooks?.activeCell?.editor,
        title: panel.title.label
      });
    }
    for (const widget of app.shell.widgets('main')) {
      const { content } = widget as { content?: { editor?: IEditor } };
      if (widget.isVisible && typeof content?.editor === 'object') {
        candidates.push({ editor: content.editor, title: widget.title.label });
      }
    }
    for (const { editor, title } of candidates) {
      const text = editor ? selected(editor) : '';
      if (editor && text !== '') {
        const language = /(?:x-)?(\w+)$/.exec(editor.model.mimeType)?.[1] ?? '';
        return quoteSelection(text, title, language, trans);
      }
    }
    return null;
  }

  /**
   * Files that a person chooses.
   */
  async choose(): Promise<IAttachment[]> {
    const { files, trans } = this._options;
    const browser = files?.tracker.currentWidget;
    if (!browser) {
      return [];
    }
    const { button, value } = await FileDialog.getOpenFiles({
      title: trans.__('Attach which files?'),
      manager: browser.model.manager
    });
    return button.accept
      ? this._read((value ?? []).map(({ path }) => path))
      : [];
  }

  /**
   * Whether something that is dragged here can go with a message.
   */
  accepts(data: MimeData): boolean {
    return data.hasData(CELLS) || data.hasData(FILES);
  }

  /**
   * What was dropped.
   */
  async dropped(data: MimeData): Promise<IAttachment[]> {
    if (data.hasData(CELLS)) {
      const cells = data.getData(CELLS) as ICell[];
      return cells.map(cell =>
        quoteCell(cell, this._language(), this._options.trans)
      );
    }
    return this._read(data.getData(FILES) as string[]);
  }

  private async _read(paths: string[]): Promise<IAttachment[]> {
    const { app, trans } = this._options;
    const { contents } = app.serviceManager;
    return Promise.all(
      paths.map(async path => {
        const file = await this._get(contents, path);
        const made = quoteFile(path, file, trans);
        if (made.text.length > FILE_LIMIT) {
          throw new Error(
            trans.__(
              '%1 has %2 characters; %3 at most can go with a message. Select a part of it and attach that.',
              path,
              made.text.length,
              FILE_LIMIT
            )
          );
        }
        return made;
      })
    );
  }

  private async _get(
    contents: Contents.IManager,
    path: string
  ): Promise<string | { cells: ICell[] }> {
    const { trans } = this._options;
    const { type } = await contents.get(path, { content: false });
    if (type === 'directory') {
      throw new Error(
        trans.__('%1 is a folder; attach the files in it.', path)
      );
    }
    if (type === 'notebook') {
      return (await contents.get(path, { content: true })).content as {
        cells: ICell[];
      };
    }
    try {
      const file = await contents.get(path, {
        type: 'file',
        format: 'text',
        content: true
      });
      return file.content as string;
    } catch {
      throw new Error(
        trans.__('%1 is no text; only text can go with a message.', path)
      );
    }
  }

  /**
   * What the cells of the notebook in front are written in.
   */
  private _language(): string {
    const info =
      this._options.notebooks?.currentWidget?.content.model?.getMetadata(
        'language_info'
      ) as { name?: string } | undefined;
    // Empty while its kernel starts.
    return info?.name || 'python';
  }
}

function selected(editor: IEditor): string {
  const { start, end } = editor.getSelection();
  const [from, to] = [editor.getOffsetAt(start), editor.getOffsetAt(end)];
  return editor.model.sharedModel
    .getSource()
    .slice(Math.min(from, to), Math.max(from, to));
}
