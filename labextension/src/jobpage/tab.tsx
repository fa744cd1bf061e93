import { MainAreaWidget } from '@jupyterlab/apputils';
import { MessageLoop, type Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';
import React from 'react';

import type { Api } from '../api';
import type { IViewContext } from '../context';
import { modelsIcon } from '../icon';
import type { JobsModel } from '../jobs/model';
import type { LogPreferences } from '../logs/preferences';
import { ViewWidget } from '../viewwidget';
import type { MetricsHistory } from './history';
import { JobPageModel } from './model';
import { PageBody, PageHead } from './page';
import { tabId } from './sectiontabs';

/**
 * What the page of a job is made from.
 */
export interface IJobPageOptions {
  api: Api;
  jobs: JobsModel;

  /** Id of the job. */
  job: string;
  history: MetricsHistory;
  logPreferences: LogPreferences;
  view: Omit<IViewContext, 'visible'>;
  onRefresh: () => void;
  onShowAll: () => void;
}

/**
 * A part of a page that React draws.
 */
class Part extends ViewWidget {
  constructor(
    view: Omit<IViewContext, 'visible'>,
    private readonly _content: React.ReactElement
  ) {
    super(view);
  }

  protected override content(): React.ReactElement {
    return this._content;
  }
}

/**
 * All about a job: its head with tabs, and below it a section. The log is made when it is first
 * asked for, with its code.
 */
export class JobPage extends Panel {
  constructor(private readonly _options: IJobPageOptions) {
    super();
    this.addClass('jp-sw-JobPage');
    const { view, onRefresh, onShowAll } = _options;
    this.model = new JobPageModel(_options);
    this._prefix = `jupyter-sw-job-${_options.job}`;
    const head = new Part(
      view,
      <PageHead model={this.model} prefix={this._prefix} />
    );
    head.addClass('jp-sw-JobPage-top');
    this._body = new Part(
      view,
      <PageBody
        model={this.model}
        onRefresh={onRefresh}
        onShowAll={onShowAll}
      />
    );
    this._body.addClass('jp-sw-JobPage-body');
    this._makePanel(this._body, `${this._prefix}-panel`);
    this.addWidget(head);
    this.addWidget(this._body);
    this.model.changed.connect(this._choose, this);
    this._choose();
  }

  readonly model: JobPageModel;

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      this.node
        .querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')
        ?.focus();
    }
  }

  /**
   * Show the body or the log, as the chosen section has it.
   */
  private _choose(): void {
    const { section, job } = this.model;
    const isLog = section === 'log' && job !== undefined;
    if (isLog && !this._log) {
      this._log = new Panel();
      this._log.addClass('jp-sw-JobPage-log');
      this._makePanel(this._log, `${this._prefix}-panel-log`);
      this.addWidget(this._log);
      void this._fill(this._log);
    }
    this._body.setHidden(isLog);
    this._log?.setHidden(!isLog);
    this._body.node.setAttribute(
      'aria-labelledby',
      tabId(this._prefix, section)
    );
    this._log?.node.setAttribute('aria-labelledby', tabId(this._prefix, 'log'));
  }

  private async _fill(log: Panel): Promise<void> {
    const { api, job, view, logPreferences: preferences } = this._options;
    const { LogView } = await import('../logs/view');
    if (!log.isDisposed) {
      log.addWidget(new LogView({ api, job, preferences, trans: view.trans }));
      MessageLoop.postMessage(log, Widget.ResizeMessage.UnknownSize);
    }
  }

  private _makePanel(panel: Widget, id: string): void {
    panel.id = id;
    panel.node.setAttribute('role', 'tabpanel');
    panel.node.tabIndex = 0;
  }

  private readonly _prefix: string;
  private readonly _body: Part;
  private _log: Panel | null = null;
}

/**
 * Make the tab of a job's page.
 */
export function makeJobTab(options: IJobPageOptions): MainAreaWidget<JobPage> {
  const { job, jobs, view } = options;
  const { trans } = view;
  const page = new JobPage(options);
  const tab = new MainAreaWidget({ content: page });
  tab.id = `jupyter-sw-job-${job}-page`;
  tab.title.icon = modelsIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  const name = (): void => {
    const known = jobs.get(job)?.name ?? job;
    tab.title.label = trans.__('Job: %1', known);
    tab.title.caption = trans.__('All about %1 (job %2)', known, job);
  };
  page.model.changed.connect(name);
  name();
  return tab;
}
