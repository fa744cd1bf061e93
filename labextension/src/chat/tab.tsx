import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { Api } from '../api';
import type { IViewContext } from '../context';
import { modelsIcon } from '../icon';
import type { JobsModel } from '../jobs/model';
import { telling } from '../jobs/verbs';
import type { Job } from '../schema';
import { ViewWidget } from '../viewwidget';
import { Attachments, compose, type IAttachment } from './attachments';
import type { MarkdownFactory } from './bubble';
import type { IAsker } from './cellcommands';
import type { ICodeVerb } from './code';
import { DropTarget } from './drop';
import { ChatList } from './list';
import { markdownFactory } from './markdown';
import { ChatModel } from './model';
import { Presets } from './presets';
import type { Sources } from './sources';
import { ChatVerbs } from './verbs';
import { ChatView } from './view';

/**
 * What a chat tab is made from.
 */
export interface IChatTabOptions {
  api: Api;
  jobs: JobsModel;
  job: Job;

  /** Id of the conversation to show; left out, the newest one. */
  chat?: string;
  commands: CommandRegistry;
  rendermime: IRenderMimeRegistry;
  settings: ISettingRegistry.ISettings | null;

  /** What can be done with code besides copying it. */
  codeVerbs: readonly ICodeVerb[];

  /** What can go with a message. */
  sources: Sources;
  view: Omit<IViewContext, 'visible'>;
}

/**
 * A conversation as a widget.
 */
export class ChatWidget extends ViewWidget implements IAsker {
  constructor(private readonly _options: IChatTabOptions) {
    super(_options.view);
    this.addClass('jp-sw-ChatWidget');
    const { api, jobs, job, chat, settings, view } = _options;
    this.model = new ChatModel({ api, jobs, job: job.id, chat });
    this._list = new ChatList({ api, chat: this.model });
    const { sources } = _options;
    this._drop = new DropTarget({
      node: this.node,
      accepts: data => sources.accepts(data),
      take: data =>
        void telling(view.trans, async () =>
          this._attachments.add(...(await sources.dropped(data)))
        )
    });
    this._verbs = new ChatVerbs({
      ..._options,
      attachments: this._attachments,
      model: this.model,
      list: this._list
    });
    this._presets = new Presets(settings, view.trans);
    this._makeMarkdown = markdownFactory(_options);
    settings?.changed.connect(this.update, this);
    this._loading = this.model.load();
  }

  readonly model: ChatModel;

  /** Let something go with the next message. */
  attach(item: IAttachment): void {
    this._attachments.add(item);
  }

  /** Say something in a new conversation. */
  async ask(content: string, item: IAttachment): Promise<void> {
    await this._loading;
    const empty = this.model.chat !== null && this.model.turns.length === 0;
    if (empty || (await this.model.start())) {
      await this.model.send(compose(content, [item]));
    }
  }

  override dispose(): void {
    this._options.settings?.changed.disconnect(this.update, this);
    this._drop.dispose();
    this._attachments.dispose();
    this._presets.dispose();
    this._list.dispose();
    this.model.dispose();
    super.dispose();
  }

  protected override content(): React.ReactElement {
    const { jobs, settings } = this._options;
    return (
      <ChatView
        model={this.model}
        list={this._list}
        jobs={jobs}
        makeMarkdown={this._makeMarkdown}
        sendWithShiftEnter={settings?.composite.sendWithShiftEnter === true}
        attachments={this._attachments}
        presets={this._presets}
        verbs={this._verbs}
      />
    );
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector<HTMLElement>('.jp-sw-Composer textarea')?.focus();
  }

  private readonly _list: ChatList;
  private readonly _verbs: ChatVerbs;
  private readonly _attachments = new Attachments();
  private readonly _drop: DropTarget;
  private readonly _presets: Presets;
  private readonly _makeMarkdown: MarkdownFactory;
  private readonly _loading: Promise<void>;
}

/**
 * Make the tab of a job's conversation.
 */
export function makeChatTab(
  options: IChatTabOptions
): MainAreaWidget<ChatWidget> {
  const { job, view } = options;
  const tab = new MainAreaWidget({ content: new ChatWidget(options) });
  tab.id = `jupyter-sw-chat-${job.id}`;
  tab.title.label = view.trans.__('Chat: %1', job.name);
  tab.title.caption = view.trans.__('Chat with %1 (job %2)', job.name, job.id);
  tab.title.icon = modelsIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
