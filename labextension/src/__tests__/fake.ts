import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { Api } from '../api';
import { JOB_EVENT, JobsModel } from '../jobs/model';
import type { Chat, Job, JobEvent, Jobs, Status, Turn } from '../schema';

type Answer = (call: { body: unknown; query: URLSearchParams }) => unknown;

/**
 * What a test can send back in place of JSON: a stream of text that it writes itself.
 */
export class Stream {
  constructor(signal?: AbortSignal) {
    this.response = new Response(
      new ReadableStream<Uint8Array>({
        start: controller => {
          this._controller = controller;
        }
      }),
      { headers: { 'Content-Type': 'text/event-stream' } }
    );
    signal?.addEventListener('abort', () => this.fail());
  }

  readonly response: Response;

  send(event: string, data: unknown): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  write(text: string): void {
    this._controller?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this._controller?.close();
  }

  fail(): void {
    this._controller?.error(new TypeError('network error'));
  }

  private _controller: ReadableStreamDefaultController<Uint8Array> | null =
    null;
}

/**
 * A server at the other end of `fetch`: answers by `METHOD path`, and remembers what it was asked.
 */
export class FakeServer {
  readonly calls: string[] = [];
  readonly answers: Record<string, Answer> = {};
  readonly events = new Signal<object, { schema_id: string }>({});
  readonly connectionFailure = new Signal<object, Error>({});

  readonly api = new Api(
    ServerConnection.makeSettings({
      baseUrl: 'http://server/a%40b/',
      wsUrl: 'ws://server/a%40b/',
      fetch: request => this._answer(request as Request)
    })
  );

  /** Answer with these jobs from now on. */
  jobs(...jobs: Job[]): void {
    this.answers['GET jobs'] = (): Jobs => ({ jobs, now: NOW });
    this.answers['GET status'] = (): Status => status;
  }

  /** A model of this server's jobs. */
  model(): JobsModel {
    const { api, events, connectionFailure } = this;
    return new JobsModel({ api, events: events as never, connectionFailure });
  }

  /** Tell a job's news on the event bus. */
  tell(job: Job, event: JobEvent | null = null, now = NOW): void {
    this.events.emit({
      schema_id: JOB_EVENT,
      news: { job, event, now }
    } as never);
  }

  private async _answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace('/a%40b/jupyter-sw/api/', '');
    const key = `${request.method} ${path}`;
    this.calls.push(key);
    const answer = this.answers[key];
    if (!answer) {
      return new Response('<html>Not found</html>', { status: 404 });
    }
    const text = await request.text();
    const made = await answer({
      body: text ? JSON.parse(text) : undefined,
      query: url.searchParams
    });
    if (made instanceof Stream) {
      return made.response;
    }
    return made instanceof Response
      ? made
      : new Response(JSON.stringify(made), { status: 200 });
  }
}

/**
 * A plugin's settings as JupyterLab's registry keeps them.
 */
export class FakeSettings {
  composite: Record<string, unknown> = {};
  readonly changed = new Signal<this, void>(this);

  async set(key: string, value: unknown): Promise<void> {
    this.composite = { ...this.composite, [key]: value };
    this.changed.emit();
    return Promise.resolve();
  }
}

/** The server's time in all answers. */
export const NOW = 1_800_000_000;

const status: Status = {
  version: '0.1.0',
  server_id: 'one',
  private: false,
  now: NOW,
  default_model: 'smollm2-135m-chat',
  root_dir: '/home/me',
  engines: [],
  live_jobs: 0,
  default_release_after: null,
  default_release_idle: null,
  max_release_after: null,
  notices: [],
  standby: []
};

/**
 * An error as the server writes it.
 */
export function refusal(
  code: number,
  message: string,
  reason: string,
  hint = ''
): Response {
  return new Response(JSON.stringify({ message, reason, hint }), {
    status: code
  });
}

/**
 * A running job, changed as a test wants it.
 */
export function makeJob(changes: Partial<Job> = {}): Job {
  return {
    id: 'job1',
    name: 'llama2-7b-chat',
    model: 'starwhale/public/llama2-7b-chat/ki72ulafxyz',
    model_name: 'llama2-7b-chat',
    version: 'ki72ulafxyz',
    tags: ['latest'],
    handler: 'chatbot',
    resource: 'auto',
    runtime: 'builtin',
    engine: 'llamacpp',
    dtype: 'auto',
    quantize: null,
    adapter: null,
    offload: null,
    context: 4096,
    defaults: null,
    project: 'default',
    comment: '',
    pinned: false,
    kind: 'served',
    owner: {
      user: 'me',
      client: 'notebook',
      notebook: 'work/quickstart.ipynb'
    },
    state: 'running',
    reason: '',
    hint: '',
    progress: null,
    position: null,
    created_at: NOW - 700,
    running_at: NOW - 600,
    paused_at: null,
    ran_before: 0,
    ended_at: null,
    release_after: 1800,
    release_idle: null,
    release_at: NOW + 1200,
    idle_since: null,
    grant: [{ device: 'cuda:0', bytes: 14 * 2 ** 30, simulated: false }],
    metrics: {
      memory: 13.5 * 2 ** 30,
      running: 0,
      waiting: 0,
      requests: 0,
      prompt_tokens: 0,
      completion_tokens: 0,
      tokens_per_second: 47.4,
      averages: {
        replies: 0,
        queue: null,
        first_token: null,
        per_token: null,
        tokens_per_second: null,
        prefill_tokens_per_second: null,
        reused: null
      },
      kv: null
    },
    phases: { fetching: 1, queued: 0, loading: 4 },
    pid: 1234,
    rerun_of: null,
    deleted_at: null,
    seq: 1,
    ...changes
  };
}

/**
 * A turn that is being answered, changed as a test wants it.
 */
export function makeTurn(changes: Partial<Turn> = {}): Turn {
  return {
    n: 0,
    content: 'Hello',
    reply: '',
    state: 'running',
    params: {},
    finish_reason: null,
    context_trimmed: 0,
    usage: null,
    timings: null,
    error: null,
    created_at: NOW,
    ended_at: null,
    ...changes
  };
}

/**
 * A conversation without turns.
 */
export function makeChat(changes: Partial<Chat> = {}): Chat {
  return {
    id: 'chat1',
    job: 'job1',
    model_name: 'llama2-7b-chat',
    name: '',
    system: '',
    params: {},
    created_at: NOW,
    updated_at: NOW,
    turn_count: 0,
    ...changes
  };
}
