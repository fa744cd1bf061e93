import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';

import type { Api } from '../api';
import type { IViewContext } from '../context';
import type { JobsModel } from '../jobs/model';
import { canChat, hasEnded } from '../jobs/state';
import { telling } from '../jobs/verbs';
import type { Chat, Job } from '../schema';
import { CommandIDs } from '../tokens';
import { openAttachMenu } from './attachmenu';
import type { Attachments } from './attachments';
import { copyOf } from './copy';
import {
  fileName,
  fromJson,
  type IConversation,
  type INames,
  toJson,
  toMarkdown,
  toNotebook
} from './files';
import type { ChatList } from './list';
import { openMenu } from './menu';
import { pickOther } from './other';
import type { ChatModel } from './model';
import type { Sources } from './sources';
import { chooseFile, saveFile } from './transfer';
import type { IChatVerbs } from './chatverbs';

/**
 * What the verbs of a conversation are made from.
 */
export interface IVerbOptions {
  api: Api;
  jobs: JobsModel;
  commands: CommandRegistry;
  model: ChatModel;
  list: ChatList;
  attachments: Attachments;
  sources: Sources;
  view: Omit<IViewContext, 'visible'>;
}

/**
 * The verbs of a conversation in the application: questions are dialogs, the rest is a menu.
 */
export class ChatVerbs implements IChatVerbs {
  constructor(private readonly _options: IVerbOptions) {}

  readonly runAndContinue = (): void => {
    const { api, jobs, model } = this._options;
    void telling(this._options.view.trans, async () => {
      const job = await api.rerunJob(model.job);
      jobs.update(job);
      await this._goOnWith(job);
    });
  };

  readonly remove = (chat: Chat): void => void this._remove(chat);

  readonly forget = (turn: number): void => void this._forget(turn);

  readonly attach = (anchor: Element): void => {
    const { attachments, sources, view } = this._options;
    openAttachMenu({ attachments, sources, trans: view.trans, anchor });
  };

  readonly more = (anchor: Element): void => {
    const { model, view, jobs } = this._options;
    const { trans } = view;
    const job = jobs.get(model.job);
    const still = model.running === null;
    const said = model.turns.length > 0;
    openMenu(
      [
        {
          label: trans.__('Copy as Markdown'),
          enabled: said,
          run: () => this._written(toMarkdown, view.copy)
        },
        null,
        {
          label: trans.__('Export as Notebook'),
          enabled: said,
          run: () => this._save(toNotebook, 'ipynb', 'application/json')
        },
        {
          label: trans.__('Export as Markdown'),
          enabled: said,
          run: () => this._save(toMarkdown, 'md', 'text/markdown')
        },
        {
          label: trans.__('Export as JSON'),
          enabled: said,
          run: () => this._save(toJson, 'json', 'application/json')
        },
        {
          label: trans.__('Import JSON…'),
          enabled: job !== undefined && !hasEnded(job),
          run: () => void this._import()
        },
        null,
        {
          label: trans.__('Continue on Another Model…'),
          enabled: said && still,
          run: () => void this._continueElsewhere()
        },
        {
          label: trans.__('Ask Two Models Side by Side…'),
          enabled: job !== undefined && canChat(job),
          run: () => void this._compare()
        },
        null,
        {
          label: trans.__('Clear…'),
          enabled: said && still,
          run: () => void this._clear()
        }
      ],
      anchor
    );
  };

  private async _remove(chat: Chat): Promise<void> {
    const { list, view } = this._options;
    const { trans } = view;
    const name = chat.name || trans.__('New chat');
    if (
      chat.turn_count === 0 ||
      (await this._sure(
        trans.__('Delete “%1”?', name),
        trans.__('All its messages are deleted from the server.'),
        trans.__('Delete')
      ))
    ) {
      await list.remove(chat);
    }
  }

  /**
   * Give the conversation as it is written somewhere.
   */
  private _written(
    write: (conversation: IConversation, names: INames) => string,
    take: (text: string, conversation: IConversation) => void
  ): void {
    const { model, view } = this._options;
    if (model.chat) {
      const turns = model.turns.map(({ turn }) => turn);
      const conversation = { chat: model.chat, turns };
      const person = view.trans.__('You');
      const names = { person, model: model.chat.model_name };
      take(write(conversation, names), conversation);
    }
  }

  private _save(
    write: (conversation: IConversation, names: INames) => string,
    extension: string,
    type: string
  ): void {
    this._written(write, (text, { chat }) =>
      saveFile(fileName(chat, extension), text, type)
    );
  }

  private async _import(): Promise<void> {
    const { model, view } = this._options;
    await telling(view.trans, async () => {
      const text = await chooseFile('.json,application/json');
      if (text !== null) {
        await model.start(fromJson(text, view.trans));
      }
    });
  }

  private async _continueElsewhere(): Promise<void> {
    const { jobs, model, view } = this._options;
    const { trans } = view;
    const job = await pickOther({
      jobs,
      job: model.job,
      title: trans.__('Continue on which model?'),
      label: trans.__('A copy of this chat goes on there; this one stays.'),
      trans
    });
    if (job) {
      await telling(trans, () => this._goOnWith(job));
    }
  }

  private async _compare(): Promise<void> {
    const { commands, jobs, model, view } = this._options;
    const { trans } = view;
    const other = await pickOther({
      jobs,
      job: model.job,
      title: trans.__('Ask which other model, too?'),
      label: trans.__('Every message goes to both, in new chats.'),
      trans
    });
    if (other) {
      const args = { job: model.job, other: other.id };
      await commands.execute(CommandIDs.compareChats, args);
    }
  }

  /**
   * Show a copy of the conversation in the tab of another job.
   */
  private async _goOnWith(job: Job): Promise<void> {
    const { api, commands, model } = this._options;
    if (!model.chat) {
      return;
    }
    const turns = model.turns.map(({ turn }) => turn);
    const copy = await api.createChat({
      ...copyOf(model.chat, turns),
      job: job.id
    });
    await commands.execute(CommandIDs.openChat, { job: job.id, chat: copy.id });
  }

  private async _forget(turn: number): Promise<void> {
    const { model, view } = this._options;
    const { trans } = view;
    const count = model.turns.length - turn;
    const sure = await this._sure(
      trans._n(
        'Delete this message and its answer?',
        'Delete %1 messages and their answers?',
        count
      ),
      trans.__('They are deleted from the server. What was said before stays.'),
      trans.__('Delete')
    );
    if (sure) {
      await model.clear(turn);
    }
  }

  private async _clear(): Promise<void> {
    const { model, view } = this._options;
    const { trans } = view;
    if (
      await this._sure(
        trans.__('Clear this conversation?'),
        trans.__(
          'All its turns are deleted from the server. The system prompt and the settings stay.'
        ),
        trans.__('Clear')
      )
    ) {
      await model.clear();
    }
  }

  private async _sure(
    title: string,
    body: string,
    label: string
  ): Promise<boolean> {
    const buttons = [Dialog.cancelButton(), Dialog.warnButton({ label })];
    return (await showDialog({ title, body, buttons })).button.accept;
  }
}
