import type { Api } from '../api';
import { ApiError } from '../errors';

/** What becomes of reading a log. */
export type Phase = 'loading' | 'following' | 'broken' | 'ended' | 'failed';

/**
 * Reads a job's log from where it was left to the job's end; while it is stopped it holds no
 * connection: browsers allow only six to a server.
 */
export class LogReader {
  constructor(private readonly _options: LogReader.IOptions) {}

  get phase(): Phase {
    return this._phase;
  }

  /** Why it failed, or what broke the connection. */
  get error(): ApiError | null {
    return this._error;
  }

  /** Go on, unless all was read; a failure is final until someone says `retry`. */
  start(): void {
    if (this._abort || this._phase === 'ended' || this._phase === 'failed') {
      return;
    }
    const abort = new AbortController();
    this._abort = abort;
    void this._read(abort.signal);
  }

  stop(): void {
    this._abort?.abort();
    this._abort = null;
  }

  /** Try again now. */
  retry(): void {
    this.stop();
    this._become('loading');
    this.start();
  }

  private async _read(signal: AbortSignal): Promise<void> {
    const { api, job, take } = this._options;
    try {
      await api.followLog(
        job,
        this._offset,
        ({ text, offset }) => {
          // The next start goes on here, also when this one is broken off.
          this._offset = offset;
          take(text);
          this._become('following');
        },
        {
          signal,
          onOpen: () => this._become('following'),
          onBreak: error => this._become('broken', ApiError.from(error))
        }
      );
      if (!signal.aborted) {
        this._become('ended');
      }
    } catch (error) {
      if (!signal.aborted) {
        this._abort = null;
        this._become('failed', ApiError.from(error));
      }
    }
  }

  private _become(phase: Phase, error: ApiError | null = null): void {
    if (phase !== this._phase) {
      this._phase = phase;
      this._error = error;
      this._options.changed();
    }
  }

  private _abort: AbortController | null = null;
  private _offset = 0;
  private _phase: Phase = 'loading';
  private _error: ApiError | null = null;
}

/**
 * A namespace for LogReader statics.
 */
export namespace LogReader {
  /**
   * What a reader is made from.
   */
  export interface IOptions {
    api: Api;
    job: string;
    take: (text: string) => void;

    /** The phase has changed. */
    changed: () => void;
  }
}
