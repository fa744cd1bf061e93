import { MainAreaWidget } from '@jupyterlab/apputils';
import React from 'react';

import { modelsIcon } from '../icon';
import { telling } from '../jobs/verbs';
import { ViewWidget } from '../viewwidget';
import { Attachments } from './attachments';
import { CompareModel, type IColumn } from './compare';
import { CompareView } from './compareview';
import { DropTarget } from './drop';
import { markdownFactory } from './markdown';
import { openAttachMenu } from './attachmenu';
import type { IChatTabOptions } from './tab';

/**
 * What a tab with columns is made from.
 */
export interface ICompareTabOptions extends Omit<
  IChatTabOptions,
  'job' | 'chat' | 'commands'
> {
  /** From the left to the right. */
  columns: readonly IColumn[];
}

/**
 * The answers of several models to the same messages, as a widget.
 */
class CompareWidget extends ViewWidget {
  constructor(private readonly _options: ICompareTabOptions) {
    super(_options.view);
    this.addClass('jp-sw-ChatWidget');
    const { api, jobs, columns, sources, view, settings } = _options;
    this._model = new CompareModel({ api, jobs, columns });
    this._makeMarkdown = markdownFactory(_options);
    this._drop = new DropTarget({
      node: this.node,
      accepts: data => sources.accepts(data),
      take: data =>
        void telling(view.trans, async () =>
          this._attachments.add(...(await sources.dropped(data)))
        )
    });
    settings?.changed.connect(this.update, this);
    void this._model.load();
  }

  override dispose(): void {
    this._options.settings?.changed.disconnect(this.update, this);
    this._drop.dispose();
    this._attachments.dispose();
    this._model.dispose();
    super.dispose();
  }

  protected override content(): React.ReactElement {
    const { jobs, settings, sources } = this._options;
    return (
      <CompareView
        model={this._model}
        jobs={jobs}
        makeMarkdown={this._makeMarkdown}
        sendWithShiftEnter={settings?.composite.sendWithShiftEnter === true}
        attachments={this._attachments}
        onAttach={anchor =>
          openAttachMenu({
            attachments: this._attachments,
            sources,
            trans: this._options.view.trans,
            anchor
          })
        }
      />
    );
  }

  private readonly _model: CompareModel;
  private readonly _attachments = new Attachments();
  private readonly _drop: DropTarget;
  private readonly _makeMarkdown: ReturnType<typeof markdownFactory>;
}

/**
 * Make a tab with a column for each job.
 */
export function makeCompareTab(
  options: ICompareTabOptions
): MainAreaWidget<CompareWidget> {
  const { columns, jobs, view } = options;
  const tab = new MainAreaWidget({ content: new CompareWidget(options) });
  tab.id = `jupyter-sw-compare-${columns.map(({ chat }) => chat).join('-')}`;
  const names = columns
    .map(({ job }) => jobs.get(job)?.name ?? job)
    .join(' | ');
  tab.title.label = view.trans.__('Compare: %1', names);
  tab.title.caption = tab.title.label;
  tab.title.icon = modelsIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
