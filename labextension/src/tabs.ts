import type {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd
} from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

/**
 * Tabs that show one job each: opened once, shown again when asked for, restored with the layout.
 */
export class JobTabs {
  constructor(private readonly _options: JobTabs.IOptions) {
    const { namespace, command, restorer } = _options;
    this._tracker = new WidgetTracker<MainAreaWidget<Widget>>({ namespace });
    const job = (tab: Widget): string => this._jobs.get(tab) ?? '';
    if (restorer) {
      void restorer.restore(this._tracker, {
        command,
        args: tab => ({ ..._options.saved?.(tab), job: job(tab) }),
        name: job
      });
    }
  }

  /**
   * Show the tab of a job, made by `make` when there is none; `beside` what is in front, then.
   */
  async open(
    job: string,
    make: () => Promise<MainAreaWidget<Widget>>,
    options: { beside?: boolean } = {}
  ): Promise<MainAreaWidget<Widget>> {
    const { app, labShell } = this._options;
    let tab = this._find(job);
    if (!tab) {
      const made = await make();
      // Someone may have asked twice while its code was loaded.
      tab = this._find(job);
      if (tab) {
        made.dispose();
      } else {
        tab = made;
        this._jobs.set(tab, job);
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

  private _find(job: string): MainAreaWidget<Widget> | undefined {
    return this._tracker.find(tab => this._jobs.get(tab) === job);
  }

  private readonly _tracker: WidgetTracker<MainAreaWidget<Widget>>;
  private readonly _jobs = new WeakMap<Widget, string>();
}

/**
 * A namespace for JobTabs statics.
 */
export namespace JobTabs {
  /**
   * What tabs are made from.
   */
  export interface IOptions {
    app: JupyterFrontEnd;
    labShell: ILabShell | null;
    restorer: ILayoutRestorer | null;
    namespace: string;

    /** The command that opens a tab again, with `{job}`. */
    command: string;

    /** What else the command is given to open a tab as it was. */
    saved?: (tab: MainAreaWidget<Widget>) => ReadonlyPartialJSONObject;
  }
}
