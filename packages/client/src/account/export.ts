import { EXPORT_FORMAT } from '@sealpost/protocol';
import { given } from '../arguments.js';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { pause } from '../http/backoff.js';
import type { CallOptions } from '../http/call-options.js';
import { EXPORT_LINE } from '../http/answer-size.js';
import { integer, objectOf, optional, parseJson, text } from '../http/json-shape.js';
import { cutOff } from '../http/streams.js';

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

export interface ExportOptions extends CallOptions {
  /** The cursor of the last line that an earlier export has come to. */
  readonly after?: string;
}

const ANSWER_WITHIN_MS = 60_000;
/** Lines without data come at least as often. */
const IDLE_MS = 60_000;

const lineShape = objectOf<{ kind: string; cursor?: string; format?: number }>({
  kind: text,
  cursor: optional(text),
  format: optional(integer),
});

const headerShape = objectOf<{ userId: string }>({ userId: text });

/** How far an export has come. */
interface ExportProgress {
  cursor: string | undefined;
  ended: boolean;
  /** Attempts since the last line that came and led further. */
  attempts: number;
}

/**
 * The lines of an account's export, however often the connection is cut.
 * @param userId whose account it is, by this client's own record
 */
export async function* exportLines(
  api: UserApi,
  userId: string,
  { after, signal }: ExportOptions,
): AsyncGenerator<ExportLine, void, void> {
  const progress: ExportProgress = { cursor: after, ended: false, attempts: 0 };
  while (!progress.ended) {
    progress.attempts += 1;
    try {
      yield* part(api, userId, progress, signal);
    } catch (error) {
      const delay = api.access.repeating.delayAfterFailure(error, { method: 'GET', signal }, progress.attempts);
      if (delay === null) throw error;
      await pause(delay, signal);
    }
  }
}

/** What one connection brings. @throws NetworkError where it does not bring the end */
async function* part(
  api: UserApi,
  userId: string,
  progress: ExportProgress,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExportLine, void, void> {
  const stream = await api.openExport(progress.cursor, { answerWithinMs: ANSWER_WITHIN_MS, signal });
  for await (const json of stream.lines(IDLE_MS)) {
    const line = lineOf(json);
    if (line.kind === 'header') requireOwner(json, userId);
    // A cursor that comes again is no progress: a server could go on like that without end.
    if (line.cursor !== undefined && line.cursor !== progress.cursor) progress.attempts = 1;
    progress.cursor = line.cursor ?? progress.cursor;
    progress.ended = line.kind === 'end';
    if (line.kind !== 'progress') yield line;
    if (progress.ended) return;
  }
  throw cutOff();
}

/** Who keeps the file relies on whose it is. */
function requireOwner(header: string, owner: string): void {
  const { userId } = headerShape(parseJson(header, EXPORT_LINE.values), '');
  if (userId === owner) return;
  throw new ClientError('client.bad-answer', 'The server exports another account than that of this session');
}

/** @throws ClientError for what is no line of an export */
export function lineOf(json: string): ExportLine {
  const value = parseJson(json, EXPORT_LINE.values);
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
    ...given({ cursor }),
    ...(isRow ? { data: data as Readonly<Record<string, unknown>> } : {}),
  };
}
