import type {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd
} from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

/**
 * Tabs that have a key each, as the id of a job: opened once, shown again when asked for, restored
 * with the layout.
 */
export class KeyedTabs {
  constructor(private readonly _options: KeyedTabs.IOptions) {
    const { namespace, command, args, restorer } = _options;
    this._tracker = new WidgetTracker<MainAreaWidget<Widget>>({ namespace });
    const key = (tab: Widget): string => this._keys.get(tab) ?? '';
    if (restorer) {
      void restorer.restore(this._tracker, {
        command,
        args: tab => args(tab, key(tab)),
        name: key
      });
    }
  }

  /**
   * Show the tab with a key, made by `make` when there is none; `beside` what is in front, then.
   */
  async open(
    key: string,
    make: () => Promise<MainAreaWidget<Widget>>,
    options: { beside?: boolean } = {}
  ): Promise<MainAreaWidget<Widget>> {
    const { app, labShell } = this._options;
    let tab = this._find(key);
    if (!tab) {
      const made = await make();
      // Someone may have asked twice while its code was loaded.
      tab = this._find(key);
      if (tab) {
        made.dispose();
      } else {
        tab = made;
        this._keys.set(tab, key);
        await this._tracker.add(tab);
      }
    }
    if (!tab.isAttached) {
      // Notebook 7 has room for one document only; what goes with it opens beside it.
      app.shell.add(
        tab,
        labShell ? 'main' : 'right',
        options.beside ? { mode: 'split-right' } : {}
      );
    }
    app.shell.activateById(tab.id);
    return tab;
  }

  /**
   * Have what is saved of a tab written again: it changed.
   */
  save(tab: MainAreaWidget<Widget>): void {
    void this._tracker.save(tab);
  }

  private _find(key: string): MainAreaWidget<Widget> | undefined {
    return this._tracker.find(tab => this._keys.get(tab) === key);
  }

  private readonly _tracker: WidgetTracker<MainAreaWidget<Widget>>;
  private readonly _keys = new WeakMap<Widget, string>();
}

/**
 * A namespace for KeyedTabs statics.
 */
export namespace KeyedTabs {
  /**
   * What tabs are made from.
   */
  export interface IOptions {
    app: JupyterFrontEnd;
    labShell: ILabShell | null;
    restorer: ILayoutRestorer | null;
    namespace: string;

    /** The command that opens a tab again. */
    command: string;

    /** What the command is given to open a tab as it was. */
    args: (
      tab: MainAreaWidget<Widget>,
      key: string
    ) => ReadonlyPartialJSONObject;
  }
}
