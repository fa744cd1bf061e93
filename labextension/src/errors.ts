import type { ErrorBody } from './schema';

/**
 * What the server said no with, or why it could not be reached.
 */
export class ApiError extends Error {
  constructor(
    body: ErrorBody,
    /** The HTTP status; 0 when no answer came. */
    readonly status: number
  ) {
    super(body.message);
    this.name = 'ApiError';
    this.reason = body.reason;
    this.hint = body.hint;
  }

  /** Short and stable: what programs switch on. */
  readonly reason: string;

  /** What a person can do next; may be empty. */
  readonly hint: string;

  /**
   * Whether the server answered, but knows nothing of jupyter_sw.
   */
  get extensionMissing(): boolean {
    return this.status === 404 && this.reason === 'no_extension';
  }

  /**
   * Read an error response. What is not one of ours keeps its status and says so.
   */
  static async fromResponse(response: Response): Promise<ApiError> {
    let body: Partial<ErrorBody> | null = null;
    try {
      body = await response.json();
    } catch {
      // A proxy's or Jupyter's HTML page.
    }
    const ours = typeof body?.hint === 'string';
    const reason =
      ours && body?.reason
        ? body.reason
        : response.status === 404
          ? 'no_extension'
          : 'server_error';
    return new ApiError(
      {
        message: body?.message || `${response.status} ${response.statusText}`,
        reason,
        hint: body?.hint ?? ''
      },
      response.status
    );
  }

  /**
   * Turn anything thrown into an ApiError.
   */
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) {
      return error;
    }
    const message = error instanceof Error ? error.message : String(error);
    return new ApiError({ message, reason: 'unreachable', hint: '' }, 0);
  }
}
