import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SERVICE_HEADER, serviceHeader, type TokensJson } from '@sealpost/protocol';
import { Access } from '../../http/access.js';
import { UserApi } from '../../http/user-api.js';
import { ServiceAddress } from '../../http/service-address.js';
import { SCRIPTED_SERVICE, writeScripted, type ScriptedAnswer } from '../../http/testing/scripted-server.js';
import { Transport } from '../../http/transport.js';

const OWN = serviceHeader(SCRIPTED_SERVICE, '0.0.0');

interface StreamRequestSeen {
  readonly authorization: string | undefined;
  readonly lastEventId: string | undefined;
  readonly after: string | null;
}

/** How the server meets a request for a stream: with a stream, perhaps one that says nothing, or with something else. */
type StreamPolicy = (count: number) => 'stream' | 'silent-stream' | ScriptedAnswer;

/** A real HTTP server with one mailbox of numbered entries, in pages and as a stream, whose moods a test controls. */
export class MailboxServer {
  readonly streamRequests: StreamRequestSeen[] = [];
  pageRequests = 0;
  renewals = 0;
  streamPolicy: StreamPolicy = () => 'stream';
  pagePolicy: () => ScriptedAnswer | null = () => null;
  /** The life of the tokens that renewals give. */
  tokenLifeMs = 900_000;
  /** Sends at most so many bytes over each stream before it cuts the connection. */
  bytesPerStream: () => number = () => Number.POSITIVE_INFINITY;
  #lastSequence = 0;
  readonly #streams = new Map<ServerResponse, { bytesLeft: number }>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });

  static async start(): Promise<MailboxServer> {
    const server = new MailboxServer();
    server.#server.on('connection', (socket) => {
      server.#sockets.add(socket);
      socket.on('close', () => server.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** An API whose first access token is `access-0`. */
  api(firstTokenLifeMs = this.tokenLifeMs): UserApi {
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const retry = { attempts: 2, firstDelayMs: 1, longestDelayMs: 5 };
    const transport = new Transport(new ServiceAddress({ url, serviceId: SCRIPTED_SERVICE }), { retry }, () => 0.5);
    let kept: TokensJson = tokens(0, firstTokenLifeMs);
    const store = {
      readTokens: async () => kept,
      writeTokens: async (renewed: TokensJson) => {
        kept = renewed;
      },
    };
    return new UserApi(new Access(transport, store));
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  deliver(count = 1): void {
    for (let n = 0; n < count; n++) {
      this.#lastSequence++;
      this.write(entryText(this.#lastSequence));
    }
  }

  /** Writes to all open streams as it is. */
  write(text: string): void {
    for (const stream of [...this.#streams.keys()]) this.#writeTo(stream, text);
  }

  end(reason: string): void {
    this.write(`event: end\ndata: {"reason":"${reason}"}\n\n`);
    for (const stream of this.#streams.keys()) stream.end();
    this.#streams.clear();
  }

  cut(): void {
    for (const stream of this.#streams.keys()) stream.destroy();
    this.#streams.clear();
  }

  /** Goes back like a server after a backup: the newest entries have never been there. */
  rewind(lastSequence: number): void {
    this.#lastSequence = lastSequence;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const after = Number(request.headers['last-event-id'] ?? searchParams.get('after'));
    if (pathname === '/v1/auth/refresh') {
      answerWith(response, { body: tokens(++this.renewals, this.tokenLifeMs) });
    } else if (pathname === '/v1/messages/stream') this.#stream(request, response, after, searchParams.get('after'));
    else {
      this.pageRequests++;
      answerWith(response, this.pagePolicy() ?? { body: this.#page(after) });
    }
  }

  #page(after: number): unknown {
    const entries = this.#behind(after).slice(0, 50);
    const lastSequence = this.#lastSequence;
    const last = entries.at(-1) ?? lastSequence;
    const next = last < lastSequence ? { next: last } : {};
    return { items: entries.map(entryOf), ...next, lastSequence, acknowledgedUpTo: 0 };
  }

  #stream(request: IncomingMessage, response: ServerResponse, from: number, after: string | null): void {
    const { authorization, 'last-event-id': lastEventId } = request.headers;
    this.streamRequests.push({ authorization, lastEventId: lastEventId?.toString(), after });
    const policy = this.streamPolicy(this.streamRequests.length);
    if (typeof policy !== 'string') {
      answerWith(response, policy);
      return;
    }
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', [SERVICE_HEADER]: OWN };
    response.writeHead(200, headers).flushHeaders();
    if (policy === 'silent-stream') return;
    this.#streams.set(response, { bytesLeft: this.bytesPerStream() });
    response.on('close', () => this.#streams.delete(response));
    this.#writeTo(response, 'retry: 1\n\n');
    this.#writeTo(response, `event: mailbox\ndata: {"lastSequence":${this.#lastSequence},"acknowledgedUpTo":0}\n\n`);
    for (const sequence of this.#behind(from)) this.#writeTo(response, entryText(sequence));
  }

  #writeTo(response: ServerResponse, text: string): void {
    const stream = this.#streams.get(response);
    if (stream === undefined) return;
    const allowed = text.slice(0, stream.bytesLeft);
    stream.bytesLeft -= allowed.length;
    if (allowed.length === text.length) response.write(allowed);
    else {
      this.#streams.delete(response);
      response.write(allowed, () => response.destroy());
    }
  }

  #behind(after: number): number[] {
    return Array.from({ length: Math.max(0, this.#lastSequence - after) }, (_, index) => after + index + 1);
  }
}

/** What a stream says of an entry. */
export function entryText(sequence: number): string {
  return `event: message\nid: ${sequence}\ndata: ${JSON.stringify(entryOf(sequence))}\n\n`;
}

function entryOf(sequence: number): unknown {
  return { sequence, id: `entry ${sequence}` };
}

function tokens(n: number, lifeMs: number): TokensJson {
  const end = Date.now() + lifeMs;
  return {
    accessToken: `access-${n}`,
    accessTokenExpiresAt: end,
    refreshToken: `refresh-${n}`,
    refreshTokenExpiresAt: end,
    deviceToken: `device-${n}`,
  };
}

function answerWith(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.silence === true) return;
  if (answer.hangUp === true) response.destroy();
  else writeScripted(response, answer);
}
