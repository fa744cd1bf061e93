import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api';
import { ApiError } from '../errors';
import type { IJobChange, JobsModel } from '../jobs/model';
import { hasEnded } from '../jobs/state';
import type { Chat, ChatDetail, ChatPatch, ChatRequest } from '../schema';
import { copyOf } from './copy';
import { TurnModel } from './turn';

/**
 * One conversation of a job, the newest unless another is opened. The server keeps it and writes its
 * answers to their end; this only watches, so nothing is lost by closing or reloading.
 */
export class ChatModel implements IDisposable {
  constructor(options: {
    api: Api;
    jobs: JobsModel;
    job: string;

    /** Id of the conversation to begin with, if it is still there. */
    chat?: string;
  }) {
    this._api = options.api;
    this._wanted = options.chat ?? null;
    this._jobs = options.jobs;
    this.job = options.job;
    this._jobs.jobChanged.connect(this._onJobChanged, this);
  }

  /** Id of the job. */
  readonly job: string;

  /** Emitted when anything but the text of a turn changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The conversation; null when there is none (yet). */
  get chat(): Chat | null {
    return this._chat;
  }

  get turns(): readonly TurnModel[] {
    return this._turns;
  }

  /** Whether the conversation has been looked for. */
  get isLoaded(): boolean {
    return this._loaded;
  }

  /** Whether another conversation can be begun: an empty one is there to be used. */
  get canStart(): boolean {
    return this._running && this._turns.length > 0;
  }

  /** Whether a message is on its way to the server. */
  get isSending(): boolean {
    return this._sending;
  }

  /** The turn that is being answered. */
  get running(): TurnModel | null {
    return this._turns.find(turn => turn.isRunning) ?? null;
  }

  /** Why the last request failed; null when it did not. */
  get error(): ApiError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /**
   * Read the conversation that is open; when it is gone the job's newest one, or a new one when the
   * job lives.
   */
  async load(): Promise<void> {
    await this._show(async () => {
      const { chats } = await this._api.chats(this.job);
      const known = chats.find(chat => chat.id === this._wanted) ?? chats[0];
      if (known) {
        return this._api.chat(known.id);
      }
      return this._running ? this._api.createChat({ job: this.job }) : null;
    });
  }

  /**
   * Show another conversation of the job.
   */
  async open(chat: string): Promise<void> {
    await this._show(() => this._api.chat(chat));
  }

  /**
   * Begin a conversation and show it; it may go on from earlier turns.
   */
  async start(request: ChatRequest = {}): Promise<boolean> {
    return this._show(() =>
      this._api.createChat({ ...request, job: this.job })
    );
  }

  /**
   * Say something; with `replace`, in place of that turn and all after it. Tells whether the
   * server took it.
   */
  async send(content: string, replace?: number): Promise<boolean> {
    const chat = this._chat;
    if (!chat || this._sending) {
      return false;
    }
    this._sending = true;
    this._changed.emit();
    return this._try(async () => {
      try {
        const turn = await this._api.say(chat.id, { content, replace });
        if (this._chat?.id !== chat.id) {
          return;
        }
        const kept = this._turns.filter(old => old.turn.n < turn.n);
        const added = new TurnModel(turn);
        this._turns = [...kept, added];
        void this._watch(chat.id, added);
      } finally {
        this._sending = false;
      }
    });
  }

  /**
   * Ask for another answer to a turn.
   */
  regenerate(turn: TurnModel): Promise<boolean> {
    return this.send(turn.turn.content, turn.turn.n);
  }

  /**
   * Stop the answer that is being written; what has arrived stays.
   */
  async stop(): Promise<void> {
    const { chat, running } = this;
    if (chat && running) {
      await this._try(async () => {
        running.set(await this._api.stopTurn(chat.id, running.turn.n));
      });
    }
  }

  /**
   * Go on in a new conversation with the first turns of this one; with `content`, by saying that.
   */
  async branch(end: number, name: string, content?: string): Promise<boolean> {
    if (!this._chat) {
      return false;
    }
    const turns = this._turns.slice(0, end).map(({ turn }) => turn);
    const begun = await this.start({ ...copyOf(this._chat, turns), name });
    return begun && (content === undefined || this.send(content));
  }

  /**
   * Forget turns, from one on.
   */
  async clear(from = 0): Promise<void> {
    const chat = this._chat;
    if (chat) {
      await this._try(async () => {
        this._take(await this._api.clearChat(chat.id, from));
      });
    }
  }

  /**
   * Change the system prompt or the sampling settings.
   */
  async patch(patch: ChatPatch): Promise<boolean> {
    const chat = this._chat;
    return (
      chat !== null &&
      this._try(async () => {
        this._chat = await this._api.patchChat(chat.id, patch);
      })
    );
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._disposed = true;
    this._watching.abort();
    Signal.clearData(this);
  }

  private get _running(): boolean {
    const job = this._jobs.get(this.job);
    return job?.state === 'running';
  }

  private async _try(work: () => Promise<void>): Promise<boolean> {
    let done = true;
    try {
      await work();
      this._error = null;
    } catch (error) {
      this._error = ApiError.from(error);
      done = false;
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
    return done;
  }

  /**
   * Show what is asked for, unless something else was asked for meanwhile.
   */
  private async _show(ask: () => Promise<ChatDetail | null>): Promise<boolean> {
    const asked = ++this._asked;
    return this._try(async () => {
      const detail = await ask();
      if (asked !== this._asked || this._disposed) {
        return;
      }
      this._loaded = true;
      if (detail) {
        this._take(detail);
      } else {
        this._chat = null;
        this._turns = [];
      }
    });
  }

  /**
   * Take a conversation as the server has it, keeping the turns that are watched.
   */
  private _take(detail: ChatDetail): void {
    const { turns, ...chat } = detail;
    if (chat.id !== this._chat?.id) {
      this._watching.abort();
      this._watching = new AbortController();
      this._turns = [];
    }
    this._chat = chat;
    this._wanted = chat.id;
    this._turns = turns.map(turn => {
      const known = this._turns.find(
        ({ turn: old }) =>
          old.n === turn.n && old.created_at === turn.created_at
      );
      if (known) {
        if (!known.isRunning) {
          known.set(turn);
        }
        return known;
      }
      const added = new TurnModel(turn);
      if (added.isRunning) {
        void this._watch(chat.id, added);
      }
      return added;
    });
  }

  private async _watch(chat: string, model: TurnModel): Promise<void> {
    const { n } = model.turn;
    try {
      await this._api.watchTurn(
        chat,
        n,
        model.offset,
        {
          delta: ({ text }) => {
            if (model.isRunning) {
              model.append(text);
            }
          },
          turn: turn => model.set(turn)
        },
        { signal: this._watching.signal }
      );
    } catch (error) {
      // A turn that was cleared or replaced meanwhile is nobody's trouble.
      if (this._turns.includes(model)) {
        this._error = ApiError.from(error);
      }
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  /**
   * A conversation also goes on elsewhere, in a notebook or another tab: look when the job does
   * something, and when it comes to run.
   */
  private _onJobChanged(_: JobsModel, change: IJobChange): void {
    const { job, previous } = change;
    if (job.id !== this.job) {
      return;
    }
    const began = job.state === 'running' && previous?.state !== 'running';
    const busy = job.metrics.requests !== previous?.metrics.requests;
    const idle = this.running === null && !this._sending;
    if (this._loaded && idle && (began || busy) && !hasEnded(job)) {
      void this.load();
    }
    this._changed.emit();
  }

  private readonly _api: Api;
  private readonly _jobs: JobsModel;
  private readonly _changed = new Signal<this, void>(this);
  private _watching = new AbortController();
  private _wanted: string | null;
  private _asked = 0;
  private _disposed = false;
  private _chat: Chat | null = null;
  private _turns: TurnModel[] = [];
  private _loaded = false;
  private _sending = false;
  private _error: ApiError | null = null;
}
