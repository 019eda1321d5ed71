import { EXPORT_FORMAT } from '@sealpost/protocol';
import { ApiError, ClientError, NetworkError } from '../errors.js';
import type { AccountApi } from '../http/account-api.js';
import { pause } from '../http/backoff.js';
import { integer, objectOf, optional, parseJson, text } from '../http/json-shape.js';
import { cutOff } from '../http/line-stream.js';

/** One line of an export (JSON Lines), as docs/accounts.md describes them. */
export interface ExportLine {
  /** `header` at first, `end` at last; in between what the row is, e.g. `vault`. */
  readonly kind: string;
  /** The whole line as JSON text, without its end. */
  readonly json: string;
  /** What the server has stored, where the line is a row: bytes as base64url, times in Unix milliseconds. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Goes on after this line; the last one has none. */
  readonly cursor?: string;
}

export interface ExportOptions {
  /** The cursor of the last line that an earlier export has come to. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

const ANSWER_WITHIN_MS = 60_000;
/** Lines without news come at least as often. */
const IDLE_MS = 60_000;

const lineShape = objectOf<{ kind: string; cursor?: string; format?: number }>({
  kind: text,
  cursor: optional(text),
  format: optional(integer),
});

const headerShape = objectOf<{ userId: string }>({ userId: text });

/** How far an export has come. */
interface Place {
  cursor: string | undefined;
  ended: boolean;
  /** Since the last line that came and led further. */
  attempts: number;
}

/** Everything that the server holds of the account, however often the connection is cut. */
export class AccountExport {
  constructor(
    private readonly api: AccountApi,
    /** Whose account it is, by this client's own knowledge. */
    private readonly userId: string,
  ) {}

  async *lines({ after, signal }: ExportOptions): AsyncGenerator<ExportLine, void, void> {
    const place: Place = { cursor: after, ended: false, attempts: 0 };
    while (!place.ended) {
      place.attempts += 1;
      try {
        yield* this.#part(place, signal);
      } catch (error) {
        const delay = this.#delayAfter(error, place.attempts);
        if (delay === null) throw error;
        await pause(delay, signal);
      }
    }
  }

  /** What one connection brings. @throws NetworkError where it does not bring the end */
  async *#part(place: Place, signal: AbortSignal | undefined): AsyncGenerator<ExportLine, void, void> {
    const options = { answerWithinMs: ANSWER_WITHIN_MS, ...(signal === undefined ? {} : { signal }) };
    const stream = await this.api.openExport(place.cursor, options);
    for await (const json of stream.lines(IDLE_MS)) {
      const line = lineOf(json);
      if (line.kind === 'header') requireOwner(json, this.userId);
      // The same place again is no progress: a server could go on like that without end.
      if (line.cursor !== undefined && line.cursor !== place.cursor) place.attempts = 1;
      place.cursor = line.cursor ?? place.cursor;
      place.ended = line.kind === 'end';
      if (line.kind !== 'progress') yield line;
      if (place.ended) return;
    }
    throw cutOff();
  }

  /** null: the error is final. */
  #delayAfter(error: unknown, attempt: number): number | null {
    const { repeating } = this.api;
    if (attempt >= repeating.retryPolicy.attempts) return null;
    if (error instanceof NetworkError) return error.code === 'client.aborted' ? null : repeating.delayAfter(attempt);
    const passing = error instanceof ApiError && (error.status === 429 || (error.status >= 502 && error.status <= 504));
    return passing ? repeating.delayAfter(attempt, error.retryAfterMs) : null;
  }
}

/** Who keeps the file relies on whose it is. */
function requireOwner(header: string, owner: string): void {
  const { userId } = headerShape(parseJson(header), '');
  if (userId === owner) return;
  throw new ClientError('client.bad-answer', 'The server exports another account than that of this session');
}

/** @throws ClientError for what is no line of an export */
export function lineOf(json: string): ExportLine {
  const value = parseJson(json);
  const { kind, cursor, format } = lineShape(value, '');
  if (kind === 'header' && format !== EXPORT_FORMAT) {
    throw new ClientError(
      'client.bad-answer',
      `The server exports in format ${format ?? '?'}, which is not known here`,
    );
  }
  const { data } = value as { readonly data?: unknown };
  const isRow = typeof data === 'object' && data !== null;
  return {
    kind,
    json,
    ...(cursor === undefined ? {} : { cursor }),
    ...(isRow ? { data: data as Readonly<Record<string, unknown>> } : {}),
  };
}
