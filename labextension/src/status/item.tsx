import { ReactWidget } from '@jupyterlab/apputils';
import { type Popup, showPopup } from '@jupyterlab/statusbar';
import React from 'react';

import { type IViewContext, ViewContext } from '../context';
import type { DevicesModel } from '../devices/model';
import { modelsIcon } from '../icon';
import type { JobsModel } from '../jobs/model';
import { StatusLine } from './line';
import type { IMenuActions } from './menu';

/**
 * The item of the status bar, and its menu while that is open.
 */
export class StatusItem extends ReactWidget {
  constructor(private readonly _options: StatusItem.IOptions) {
    super();
    this.addClass('jp-sw-Status');
    _options.jobs.changed.connect(this._onJobsChanged, this);
  }

  override dispose(): void {
    this._options.jobs.changed.disconnect(this._onJobsChanged, this);
    this._close();
    super.dispose();
  }

  protected override render(): React.ReactElement {
    const { view, jobs } = this._options;
    return (
      <ViewContext.Provider value={{ ...view, visible: true }}>
        <StatusLine
          jobs={jobs}
          icon={<modelsIcon.react tag="span" stylesheet="statusBar" />}
          open={this._popup !== null}
          onToggle={() => (this._popup ? this._close() : void this._open())}
        />
      </ViewContext.Provider>
    );
  }

  private async _open(): Promise<void> {
    const { view, jobs, devices, actions } = this._options;
    const { StatusMenuWidget } = await import('./menuwidget');
    if (this._popup) {
      return;
    }
    const closing =
      (act: () => void): (() => void) =>
      () => {
        this._close();
        act();
      };
    const { open, cancel } = view.actions;
    const body = new StatusMenuWidget({
      view: {
        ...view,
        actions: {
          ...view.actions,
          // What opens something else takes the menu away.
          open: job => closing(() => open(job))(),
          cancel: job => closing(() => cancel(job))()
        }
      },
      jobs,
      devices,
      actions: {
        show: closing(actions.show),
        launch: closing(actions.launch)
      }
    });
    const popup = showPopup({
      body,
      anchor: this,
      align: 'left',
      hasDynamicSize: true
    });
    this._popup = popup;
    popup.disposed.connect(() => {
      this._popup = null;
      this.update();
      if (popup.node.contains(document.activeElement)) {
        // It was left with Escape.
        this.node.querySelector('button')?.focus();
      }
    });
    this.update();
    await body.renderPromise;
    body.node.querySelector<HTMLElement>('button')?.focus();
  }

  private _close(): void {
    this._popup?.dispose();
  }

  /** Without jobs the item goes, and its menu has nothing to hang on. */
  private _onJobsChanged(): void {
    if (this._options.jobs.live.length === 0) {
      this._close();
    }
  }

  private _popup: Popup | null = null;
}

/**
 * A namespace for StatusItem statics.
 */
export namespace StatusItem {
  /**
   * What the item shows.
   */
  export interface IOptions {
    view: Omit<IViewContext, 'visible'>;
    jobs: JobsModel;
    devices: DevicesModel;
    actions: IMenuActions;
  }
}
