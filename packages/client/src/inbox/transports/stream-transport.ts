import { ERRORS } from '@sealpost/protocol';
import { ApiError, ClientError, NetworkError } from '../../errors.js';
import type { UserApi } from '../../http/user-api.js';
import type { EventStream } from '../../http/streams.js';
import type { MailboxTransport, TransportScope, MailboxSlice } from './mailbox-transport.js';
import { gather, type Gathered } from './mailbox-events.js';

/** Time-outs of a stream, in milliseconds. */
export interface StreamTimes {
  /** How long a new stream may take to its first event. A proxy that collects what it passes on never lets one through. */
  readonly firstEventMs: number;
  /** How long a connection may be silent before it counts as dead: three heartbeats, which the server sends every 15 s. */
  readonly silenceMs: number;
}

export const STREAM_TIMES: StreamTimes = { firstEventMs: 10_000, silenceMs: 45_000 };

/** A server whose tokens expire sooner is not asked again at once. */
const SHORTEST_LIFE_MS = 1000;

/** Times as performance.now() tells them. */
interface Connection {
  readonly stream: EventStream;
  readonly accessToken: string;
  readonly began: number;
  /** When to renew the access token; Infinity once that was tried. */
  renewAt: number;
  /** True once the first event has arrived. */
  established: boolean;
  /** What has been brought: its reader has it once it asks for what comes behind it. */
  brought: number;
  /** Why the server ends it; looked at after what came before. */
  endReason?: string;
}

/** GET /v1/messages/stream: one connection over which entries come as they are delivered. */
export class StreamTransport implements MailboxTransport {
  readonly name = 'stream';
  #connection: Connection | null = null;
  #wasConnected = false;
  #retryMs: number | undefined;

  constructor(
    private readonly api: UserApi,
    private readonly scope: TransportScope,
    private readonly times: StreamTimes,
  ) {}

  /** What the server asks for as the pause before the next connection, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  async next(after: number, waitMs: number): Promise<MailboxSlice> {
    const until = performance.now() + waitMs;
    try {
      for (;;) {
        const connection = await this.#connected(after);
        const { entries, lastSequence, endReason } = await this.#read(connection, until);
        if (endReason !== undefined) connection.endReason = endReason;
        connection.brought = entries.at(-1)?.sequence ?? connection.brought;
        const news = entries.length > 0 || lastSequence !== undefined;
        if (news || performance.now() >= until) {
          return { entries, hasMore: false, ...(lastSequence === undefined ? {} : { lastSequence }) };
        }
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#connection?.stream.close();
    this.#connection = null;
  }

  async #connected(after: number): Promise<Connection> {
    const open = this.#connection;
    if (open !== null && open.endReason === undefined && open.brought === after) return open;
    this.close();
    if (open?.endReason !== undefined) await this.#afterEnd(open, open.endReason);
    this.#connection = await this.#connect(after);
    return this.#connection;
  }

  async #connect(after: number): Promise<Connection> {
    const { access } = this.api;
    if ((await access.renewalDueIn()) <= 0) await access.renew(await access.accessToken());
    const { conversationId, signal } = this.scope;
    const began = performance.now();
    const stream = await this.api
      .openStream(
        { after, ...(conversationId === undefined ? {} : { conversationId }) },
        {
          signal,
          answerWithinMs: this.times.firstEventMs,
          ...(this.#wasConnected ? { lastEventId: String(after) } : {}),
        },
      )
      .catch((error: unknown) => {
        throw meansNoStreams(error) ? unavailable(error) : error;
      });
    this.#wasConnected = true;
    const renewAt = performance.now() + (await access.renewalDueIn());
    return { stream, accessToken: await access.accessToken(), began, renewAt, established: false, brought: after };
  }

  async #read(connection: Connection, until: number): Promise<Gathered> {
    const now = performance.now();
    const deadAt = connection.established ? now + this.times.silenceMs : connection.began + this.times.firstEventMs;
    const events = await connection.stream.read(Math.max(0, Math.min(deadAt, until, connection.renewAt) - now));
    this.#retryMs = connection.stream.retryMs ?? this.#retryMs;
    if (events !== null && events.length > 0) {
      connection.established = true;
      return gather(events);
    }
    const later = performance.now();
    if (later >= deadAt) throw dead(connection);
    if (later >= connection.renewAt) await this.#renewAhead(connection);
    return { entries: [] };
  }

  /** So that the next connection begins at once when this one's token expires. A failure shows itself then. */
  async #renewAhead(connection: Connection): Promise<void> {
    connection.renewAt = Number.POSITIVE_INFINITY;
    await this.api.access.renew(connection.accessToken).catch(() => undefined);
  }

  /** @throws where the next connection has to wait, or there must be none */
  async #afterEnd({ accessToken, began }: Connection, reason: string): Promise<void> {
    if (reason === 'session-ended') throw sessionEnded();
    const lived = performance.now() - began;
    if (reason === 'token-expired') await this.api.access.renew(accessToken);
    if (reason !== 'token-expired' || lived < SHORTEST_LIFE_MS) {
      throw new NetworkError('client.network', `The server has ended the stream: ${reason}`);
    }
  }
}

/** The route is not there, or what is in between does not let it through. An older server finds the request malformed. */
function meansNoStreams(error: unknown): boolean {
  if (error instanceof ApiError) return [400, 404, 405, 406, 501].includes(error.status);
  return error instanceof NetworkError && error.code === 'client.timeout';
}

function unavailable(cause: unknown): ClientError {
  return new ClientError('client.stream-unavailable', 'No stream of the mailbox can be had here', { cause });
}

function dead({ established }: Connection): ClientError {
  const silent = new NetworkError('client.timeout', 'The stream has fallen silent');
  return established ? silent : unavailable(silent);
}

/** What the server answers to any other request of a session that has ended. */
function sessionEnded(): ApiError {
  const detail = 'The session was ended while the inbox was waiting';
  const code = 'auth.session-ended';
  const { status, title } = ERRORS[code];
  return new ApiError(status, { type: `/problems/${code}`, title, status, detail, instance: '', code });
}
