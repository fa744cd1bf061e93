import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { type IViewContext, ViewContext } from './context';

/**
 * A widget that React draws; it tells its components whether they can be seen.
 */
export abstract class ViewWidget extends ReactWidget {
  constructor(private readonly _context: Omit<IViewContext, 'visible'>) {
    super();
  }

  /** What is shown. */
  protected abstract content(): React.ReactElement;

  protected override render(): React.ReactElement {
    return (
      <ViewContext.Provider
        value={{ ...this._context, visible: this.isVisible }}
      >
        {this.content()}
      </ViewContext.Provider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }
}
