import type { Message } from '@lumino/messaging';
import React from 'react';

import type { IViewContext } from '../context';
import type { DevicesModel } from '../devices/model';
import { modelsIcon } from '../icon';
import type { JobsModel } from '../jobs/model';
import type { LaunchModel } from '../launch/model';
import { ViewWidget } from '../viewwidget';
import { Panel } from './panel';

/**
 * The sidebar as a widget; devices are looked at while it can be seen.
 */
export class Sidebar extends ViewWidget {
  constructor(private readonly _options: Sidebar.IOptions) {
    super(_options.view);
    const { trans } = _options.view;
    this.id = Sidebar.ID;
    this.addClass('jp-sw-Sidebar');
    this.title.icon = modelsIcon;
    this.title.caption = trans.__('Models');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Models'));
  }

  /**
   * Take the focus, so that a person can go on by the keyboard.
   */
  focus(): void {
    if (!this.node.contains(document.activeElement)) {
      this.node.querySelector<HTMLElement>('button')?.focus();
    }
  }

  protected override content(): React.ReactElement {
    const { jobs, devices, launch, onRefresh } = this._options;
    return (
      <Panel
        jobs={jobs}
        devices={devices}
        launch={launch}
        onRefresh={onRefresh}
      />
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._look();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._look();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._look();
  }

  protected override onBeforeDetach(message: Message): void {
    this._options.devices.look(this, false);
    super.onBeforeDetach(message);
  }

  private _look(): void {
    this._options.devices.look(this, this.isVisible);
  }
}

/**
 * A namespace for Sidebar statics.
 */
export namespace Sidebar {
  export const ID = 'jupyter-sw-panel';

  /**
   * What a sidebar shows.
   */
  export interface IOptions {
    view: Omit<IViewContext, 'visible'>;
    jobs: JobsModel;
    devices: DevicesModel;
    launch: LaunchModel;
    onRefresh: () => void;
  }
}
