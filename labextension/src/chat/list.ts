import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import { ApiError } from '../errors';
import type { Chat } from '../schema';
import type { ChatModel } from './model';

/**
 * The conversations of a job, most recently used first, and those of them with a text in them.
 */
export class ChatList implements IDisposable {
  constructor(options: { api: Api; chat: ChatModel }) {
    this._api = options.api;
    this._chat = options.chat;
    this._chat.changed.connect(this._onChatChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Those that fit what is searched for. */
  get chats(): readonly Chat[] {
    return this._chats;
  }

  /** What is searched for in names and messages. */
  get text(): string {
    return this._text;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /**
   * Show only conversations with a text in them.
   */
  async search(text: string): Promise<void> {
    this._text = text;
    this._changed.emit();
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const text = this._text;
    await this._try(async () => {
      const { chats } = await this._api.chats(this._chat.job, text.trim());
      // An answer for what was typed before comes too late.
      if (text === this._text) {
        this._chats = chats;
      }
    });
  }

  async rename(chat: Chat, name: string): Promise<void> {
    await this._try(async () => {
      await this._api.patchChat(chat.id, { name });
    });
    await this._reload(chat);
  }

  /**
   * Forget a conversation; when it is the one that is shown, the next one is.
   */
  async remove(chat: Chat): Promise<void> {
    await this._try(() => this._api.deleteChat(chat.id));
    await this._reload(chat);
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  private async _reload(chat: Chat): Promise<void> {
    if (this._chat.chat?.id === chat.id) {
      await this._chat.load();
    }
    await this._refreshKeepingError();
  }

  private async _refreshKeepingError(): Promise<void> {
    const error = this._error;
    await this.refresh();
    this._error ??= error;
    this._changed.emit();
  }

  private async _try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this._error = null;
    } catch (error) {
      this._error = ApiError.from(error);
    }
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  /**
   * A message names its conversation and moves it up.
   */
  private _onChatChanged(): void {
    const { chat, turns } = this._chat;
    const now = `${chat?.id}:${chat?.name}:${turns.length}`;
    if (now !== this._seen) {
      this._seen = now;
      void this.refresh();
    }
  }

  private readonly _api: Api;
  private readonly _chat: ChatModel;
  private readonly _changed = new Signal<this, void>(this);
  private _chats: readonly Chat[] = [];
  private _text = '';
  private _seen = '';
  private _error: ApiError | null = null;
  private _disposed = false;
}
