import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { ApiError } from './errors';
import type {
  ChatDetail,
  ChatPatch,
  ChatRequest,
  Chats,
  Devices,
  Job,
  JobCommand,
  JobEstimate,
  JobEvent,
  JobEvents,
  JobPatch,
  JobRequest,
  Jobs,
  LogText,
  Models,
  Projects,
  Status,
  Turn,
  TurnDelta,
  TurnRequest
} from './schema';
import { follow } from './sse';

/**
 * A method and a JSON body, where there is one.
 */
interface ICall {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * How to follow something that grows.
 */
export interface IFollow {
  signal: AbortSignal;

  /** Told when the server has answered. */
  onOpen?: () => void;

  /** Told when the connection was lost; it is tried again from where it broke. */
  onBreak?: (error: unknown) => void;
}

/**
 * The REST API of the jupyter_sw server extension, typed. Every failure is an `ApiError`.
 */
export class Api {
  constructor(
    readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()
  ) {}

  /**
   * The base URL of the server's OpenAI door.
   */
  get door(): string {
    return URLExt.join(this.settings.baseUrl, 'jupyter-sw/v1');
  }

  status(): Promise<Status> {
    return this._json('status');
  }

  devices(): Promise<Devices> {
    return this._json('devices');
  }

  models(): Promise<Models> {
    return this._json('models');
  }

  /**
   * What would become of a job; nothing is done.
   */
  estimate(request: JobRequest, signal?: AbortSignal): Promise<JobEstimate> {
    return this._json('estimate', { method: 'POST', body: request, signal });
  }

  submitJob(request: JobRequest): Promise<Job> {
    return this._json('jobs', { method: 'POST', body: request });
  }

  jobs(): Promise<Jobs> {
    return this._json('jobs');
  }

  projects(): Promise<Projects> {
    return this._json('projects');
  }

  patchJob(id: string, patch: JobPatch): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}`, {
      method: 'PATCH',
      body: patch
    });
  }

  cancelJob(id: string): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}/cancel`, {
      method: 'POST'
    });
  }

  /**
   * Give a job's memory back and keep the job; answers when it is paused.
   */
  pauseJob(id: string): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}/pause`, {
      method: 'POST'
    });
  }

  /**
   * Let a paused job go to the queue again.
   */
  resumeJob(id: string): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}/resume`, {
      method: 'POST'
    });
  }

  /**
   * Run a job again with every setting; answers with the new job.
   */
  rerunJob(id: string): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}/rerun`, {
      method: 'POST'
    });
  }

  /**
   * Delete an ended job; `restoreJob` undoes it for some minutes.
   */
  async deleteJob(id: string): Promise<void> {
    await this._request(`jobs/${encodeURIComponent(id)}`, {
      method: 'DELETE'
    });
  }

  restoreJob(id: string): Promise<Job> {
    return this._json(`jobs/${encodeURIComponent(id)}/restore`, {
      method: 'POST'
    });
  }

  /**
   * The line of a cell that asks for the same job again.
   */
  async jobCommand(id: string): Promise<string> {
    const path = `jobs/${encodeURIComponent(id)}/command`;
    return (await this._json<JobCommand>(path)).command;
  }

  /**
   * A job's timeline, oldest first.
   */
  async jobEvents(id: string): Promise<JobEvent[]> {
    const path = `jobs/${encodeURIComponent(id)}/events`;
    return (await this._json<JobEvents>(path)).events;
  }

  /**
   * Where the whole log of a job can be had as a file.
   */
  logUrl(id: string): string {
    return this._url(`jobs/${encodeURIComponent(id)}/logs?download=true`);
  }

  /**
   * Follow a log from a byte offset until the job has ended and all was read.
   */
  followLog(
    id: string,
    offset: number,
    onText: (log: LogText) => void,
    options: IFollow
  ): Promise<void> {
    const path = `jobs/${encodeURIComponent(id)}/logs`;
    return follow({
      ...options,
      connect: () =>
        this._request(`${path}?follow=true&offset=${offset}`, options),
      take: ({ event, data }) => {
        if (event === 'log') {
          const log: LogText = JSON.parse(data);
          offset = log.offset;
          onText(log);
        }
        return event === 'end';
      }
    });
  }

  /**
   * The conversations of a job, or those of them with a text in them.
   */
  chats(job: string, text = ''): Promise<Chats> {
    const query = new URLSearchParams({ job, ...(text && { text }) });
    return this._json(`chats?${query.toString()}`);
  }

  createChat(request: ChatRequest): Promise<ChatDetail> {
    return this._json('chats', { method: 'POST', body: request });
  }

  chat(id: string): Promise<ChatDetail> {
    return this._json(`chats/${encodeURIComponent(id)}`);
  }

  patchChat(id: string, patch: ChatPatch): Promise<ChatDetail> {
    return this._json(`chats/${encodeURIComponent(id)}`, {
      method: 'PATCH',
      body: patch
    });
  }

  async deleteChat(id: string): Promise<void> {
    await this._request(`chats/${encodeURIComponent(id)}`, {
      method: 'DELETE'
    });
  }

  /**
   * Forget turns of a conversation, from one on.
   */
  clearChat(id: string, from = 0): Promise<ChatDetail> {
    return this._json(`chats/${encodeURIComponent(id)}/turns?from=${from}`, {
      method: 'DELETE'
    });
  }

  say(chat: string, request: TurnRequest): Promise<Turn> {
    return this._json(`chats/${encodeURIComponent(chat)}/turns`, {
      method: 'POST',
      body: request
    });
  }

  stopTurn(chat: string, n: number): Promise<Turn> {
    return this._json(`chats/${encodeURIComponent(chat)}/turns/${n}`, {
      method: 'DELETE'
    });
  }

  /**
   * Watch a turn from an offset (in characters, as the server counts) to its end.
   */
  watchTurn(
    chat: string,
    n: number,
    offset: number,
    on: { delta: (delta: TurnDelta) => void; turn: (turn: Turn) => void },
    options: IFollow
  ): Promise<void> {
    const path = `chats/${encodeURIComponent(chat)}/turns/${n}`;
    return follow({
      ...options,
      connect: () => this._request(`${path}?from=${offset}`, options),
      take: ({ event, data }) => {
        if (event === 'delta') {
          const delta: TurnDelta = JSON.parse(data);
          offset = delta.offset;
          on.delta(delta);
        } else if (event === 'turn') {
          const turn: Turn = JSON.parse(data);
          on.turn(turn);
        }
        return event === 'turn';
      }
    });
  }

  private async _json<T>(path: string, call: ICall = {}): Promise<T> {
    return (await this._request(path, call)).json();
  }

  private async _request(path: string, call: ICall = {}): Promise<Response> {
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        this._url(path),
        {
          method: call.method ?? 'GET',
          signal: call.signal,
          body: call.body === undefined ? null : JSON.stringify(call.body)
        },
        this.settings
      );
    } catch (error) {
      throw ApiError.from(error);
    }
    if (!response.ok) {
      throw await ApiError.fromResponse(response);
    }
    return response;
  }

  private _url(path: string): string {
    return URLExt.join(this.settings.baseUrl, 'jupyter-sw/api/') + path;
  }
}
