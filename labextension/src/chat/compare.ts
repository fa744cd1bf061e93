import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import type { JobsModel } from '../jobs/model';
import { canChat } from '../jobs/state';
import { ChatModel } from './model';

/**
 * Who answers in a column, and where.
 */
export interface IColumn {
  /** Id of the job. */
  job: string;

  /** Id of its conversation. */
  chat: string;
}

/**
 * One prompt to several jobs: a conversation with each, which all get every message.
 */
export class CompareModel implements IDisposable {
  constructor(options: {
    api: Api;
    jobs: JobsModel;
    columns: readonly IColumn[];
  }) {
    const { api, jobs, columns } = options;
    this._jobs = jobs;
    this.chats = columns.map(
      ({ job, chat }) => new ChatModel({ api, jobs, job, chat })
    );
    this.chats.forEach(chat => chat.changed.connect(this._onChanged, this));
  }

  /** The conversations, in the order of their columns. */
  readonly chats: readonly ChatModel[];

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether one of them is answering. */
  get isRunning(): boolean {
    return this.chats.some(chat => chat.running !== null);
  }

  get isSending(): boolean {
    return this.chats.some(chat => chat.isSending);
  }

  /** Whether one of them can be written to. */
  get isWritable(): boolean {
    return this._writable.length > 0;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /**
   * Read the conversations.
   */
  async load(): Promise<void> {
    await Promise.all(this.chats.map(chat => chat.load()));
  }

  /**
   * Say something to all that live; tells whether one of them took it. Why another did not is said
   * in its column.
   */
  async send(content: string): Promise<boolean> {
    const taken = await Promise.all(
      this._writable.map(chat => chat.send(content))
    );
    return taken.includes(true);
  }

  async stop(): Promise<void> {
    await Promise.all(this.chats.map(chat => chat.stop()));
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this.chats.forEach(chat => chat.dispose());
      Signal.clearData(this);
    }
  }

  private get _writable(): ChatModel[] {
    return this.chats.filter(({ chat, job }) => {
      const known = this._jobs.get(job);
      return chat !== null && known !== undefined && canChat(known);
    });
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _jobs: JobsModel;
  private readonly _changed = new Signal<this, void>(this);
  private _disposed = false;
}
