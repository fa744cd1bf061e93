import { ReactWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import React from 'react';

import { type IViewContext, ViewContext } from '../context';
import type { LaunchModel } from '../launch/model';
import { TourModel } from './model';
import { TourPopover } from './popover';
import { tourStops } from './stops';

/**
 * Show somebody around; the widget is disposed of at the end.
 */
export function showTour(options: {
  view: Omit<IViewContext, 'visible'>;
  launch: LaunchModel;
  showPanel: () => Promise<void>;

  /** The model to begin with. */
  model: string;

  /** What had the focus before is gone. */
  onFocusLost: () => void;
}): Widget {
  const { view, launch, showPanel, model, onFocusLost } = options;
  const stops = tourStops({ launch, showPanel, model, trans: view.trans });
  const tour = new TourModel(stops);
  const widget = new TourWidget(tour, view, onFocusLost);
  void tour.start();
  return widget;
}

/**
 * A tour over the page, there until it has ended.
 */
class TourWidget extends ReactWidget {
  constructor(
    private readonly _tour: TourModel,
    private readonly _view: Omit<IViewContext, 'visible'>,
    private readonly _onFocusLost: () => void
  ) {
    super();
    _tour.changed.connect(this._onChanged, this);
    Widget.attach(this, document.body);
  }

  override dispose(): void {
    this._tour.changed.disconnect(this._onChanged, this);
    super.dispose();
  }

  protected override render(): React.ReactElement {
    return (
      <ViewContext.Provider value={{ ...this._view, visible: true }}>
        <TourPopover tour={this._tour} />
      </ViewContext.Provider>
    );
  }

  private _onChanged(): void {
    if (this._tour.stop === null) {
      this.dispose();
      const before = this._before;
      if (
        before instanceof HTMLElement &&
        before.isConnected &&
        before !== document.body
      ) {
        before.focus();
      } else {
        this._onFocusLost();
      }
    }
  }

  /** What had the focus. */
  private readonly _before = document.activeElement;
}
