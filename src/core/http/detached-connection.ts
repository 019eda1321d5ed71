import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What the owner of a detached connection is told. */
export interface ConnectionEvents {
  /** Everything that was written has gone to the operating system, after a `write` that returned false. */
  drained(): void;
  /** Called once, at last. */
  closed(): void;
}

/** How a detached answer ended, for the request log. */
export interface DetachedEnd {
  /** The size of the whole answer. */
  readonly bytes: number;
  /** Null where the client left. */
  readonly reason: string | null;
}

const KEEP_ALIVE_DELAY_MS = 60_000;
/** What the HTTP server listens to on a connection. */
const SERVER_EVENTS = ['data', 'readable', 'end', 'drain', 'error', 'timeout'] as const;

const detached = new WeakMap<ServerResponse, DetachedConnection>();

/** The connection that answers in place of the response, or undefined where the response answers itself. */
export function detachedConnectionOf(response: ServerResponse): DetachedConnection | undefined {
  return detached.get(response);
}

/**
 * A connection that the HTTP server has let go of, for an answer that lasts for hours. What belongs to the request (its
 * parser, headers, objects and timers) is freed, which is most of the memory that an idle connection costs. The answer
 * ends with the connection, so it needs no framing.
 */
export class DetachedConnection {
  #reason: string | null = null;
  #onEnd: ((end: DetachedEnd) => void) | null = null;

  constructor(
    private readonly socket: Socket,
    events: ConnectionEvents,
  ) {
    const before = socket.bytesWritten;
    // What the client says now is no request; it is read to notice when the client leaves.
    socket.on('data', ignore);
    socket.on('error', ignore);
    socket.on('end', () => socket.destroy());
    socket.on('drain', () => events.drained());
    socket.on('close', () => {
      events.closed();
      this.#onEnd?.({ bytes: socket.bytesWritten - before, reason: this.#reason });
    });
  }

  /** Bytes that the client has yet to make room for. */
  get waitingBytes(): number {
    return this.socket.writableLength;
  }

  /** @param text ASCII  @returns false where it should wait for `drained` before it writes more */
  write(text: string): boolean {
    return this.socket.write(text, 'latin1');
  }

  /** The last words; closes as soon as they are sent. */
  end(text: string, reason: string): void {
    this.#reason = reason;
    if (!this.socket.writable) return;
    this.socket.write(text, 'latin1');
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** For the request log. */
  onEnd(listener: (end: DetachedEnd) => void): void {
    this.#onEnd = listener;
  }
}

/** Answers with status 200, these headers and those of every answer, and hands the connection over. */
export function detachConnection(
  request: FastifyRequest,
  reply: FastifyReply,
  options: { readonly headers: Readonly<Record<string, string>>; readonly events: ConnectionEvents },
): DetachedConnection {
  const { socket } = request.raw;
  void reply.hijack();
  socket.write(
    headOf({ ...(reply.getHeaders() as Record<string, string | string[] | number>), ...options.headers }),
    'latin1',
  );
  const connection = new DetachedConnection(letGo(request.raw, reply.raw), options.events);
  detached.set(reply.raw, connection);
  return connection;
}

/** Makes the HTTP server believe that the answer is finished and the connection closed. */
function letGo(request: IncomingMessage, response: ServerResponse): Socket {
  const { socket } = request;
  response.emit('finish');
  const closing = socket.listeners('close') as ((this: Socket) => void)[];
  socket.removeAllListeners('close');
  for (const listener of closing) listener.call(socket);
  // Listening to data is what takes the bytes away from the parser.
  socket.on('data', ignore);
  for (const name of SERVER_EVENTS) socket.removeAllListeners(name);
  // A request that the client sent along with this one would write its answer into ours.
  if (Reflect.get(socket, '_httpMessage') !== null) socket.destroy();
  socket.setTimeout(0);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
}

function headOf(headers: Readonly<Record<string, string | string[] | number>>): string {
  const all = { ...headers, date: new Date().toUTCString(), connection: 'close' };
  const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return `HTTP/1.1 200 ${STATUS_CODES[200] ?? ''}\r\n${lines.join('')}\r\n`;
}

function ignore(): void {
  return undefined;
}
