/**
 * One server-sent event.
 */
export interface IServerEvent {
  event: string;
  data: string;
}

/**
 * Split a stream of text into server-sent events, wherever its chunks break.
 *
 * Comments and unknown fields are skipped, as the specification asks; an event that the stream
 * does not finish is dropped.
 */
export class EventParser {
  /**
   * Take a chunk and return the events it completes.
   */
  push(chunk: string): IServerEvent[] {
    const events: IServerEvent[] = [];
    this._rest += chunk;
    // A trailing CR may be half of a CRLF: it waits for the next chunk.
    const lines = this._rest.split(/\r\n|\n|\r(?!$)/);
    this._rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        this._field(line);
      } else if (this._data.length > 0) {
        events.push({ event: this._event, data: this._data.join('\n') });
        this._reset();
      } else {
        this._reset();
      }
    }
    return events;
  }

  private _field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) {
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') {
      this._data.push(value);
    } else if (name === 'event') {
      this._event = value;
    }
  }

  private _reset(): void {
    this._event = 'message';
    this._data = [];
  }

  private _rest = '';
  private _event = 'message';
  private _data: string[] = [];
}

/**
 * Yield the events of a response as they arrive.
 */
export async function* readEvents(
  response: Response
): AsyncGenerator<IServerEvent, void, void> {
  if (response.body === null) {
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Also when the consumer stops early: the connection must not stay open.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * How `follow` connects and resumes.
 */
export interface IFollowOptions {
  /** Open the stream; called again after each break. */
  connect: () => Promise<Response>;

  /** Take an event; true when it was the last one. */
  take: (event: IServerEvent) => boolean;

  signal: AbortSignal;

  /** Told when the server has answered. */
  onOpen?: () => void;

  /** Told when the stream broke and a new try is waited for. */
  onBreak?: (error: unknown) => void;

  /** Milliseconds before the first retry; doubles up to 30 s. */
  pause?: number;
}

/**
 * Read a stream to its last event, reconnecting when it breaks.
 *
 * A refusal by the server (an error status) is thrown; a lost connection is retried until
 * `signal` aborts, which ends it silently.
 */
export async function follow(options: IFollowOptions): Promise<void> {
  const { connect, take, signal, onOpen, onBreak, pause = 1000 } = options;
  let wait = pause;
  while (!signal.aborted) {
    let broken: unknown = new Error('The stream ended early.');
    try {
      const response = await connect();
      onOpen?.();
      for await (const event of readEvents(response)) {
        wait = pause;
        if (take(event)) {
          return;
        }
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      const status = (error as { status?: number }).status ?? 0;
      if (status >= 400 && status < 500) {
        throw error;
      }
      broken = error;
    }
    if (signal.aborted) {
      return;
    }
    onBreak?.(broken);
    await sleep(wait, signal);
    wait = Math.min(wait * 2, 30_000);
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
