import { ReactWidget } from '@jupyterlab/apputils';
import React from 'react';

import { type IViewContext, ViewContext } from '../context';
import type { DevicesModel } from '../devices/model';
import type { JobsModel } from '../jobs/model';
import { type IMenuActions, StatusMenu } from './menu';

/**
 * The menu as a widget; it says to the devices that someone looks.
 */
export class StatusMenuWidget extends ReactWidget {
  constructor(private readonly _options: StatusMenuWidget.IOptions) {
    super();
    const { trans } = _options.view;
    this.addClass('jp-sw-MenuWidget');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', trans.__('Models'));
    _options.devices.look(this, true);
  }

  override dispose(): void {
    this._options.devices.look(this, false);
    super.dispose();
  }

  protected override render(): React.ReactElement {
    const { view, jobs, devices, actions } = this._options;
    return (
      <ViewContext.Provider value={{ ...view, visible: true }}>
        <StatusMenu jobs={jobs} devices={devices} actions={actions} />
      </ViewContext.Provider>
    );
  }
}

/**
 * A namespace for StatusMenuWidget statics.
 */
export namespace StatusMenuWidget {
  /**
   * What the menu shows.
   */
  export interface IOptions {
    view: Omit<IViewContext, 'visible'>;
    jobs: JobsModel;
    devices: DevicesModel;
    actions: IMenuActions;
  }
}
