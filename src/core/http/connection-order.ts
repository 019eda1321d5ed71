import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** For the client to read the last answer and to close its side. */
const LAST_WORDS_MS = 2000;
/** What the HTTP server reads a connection with. */
const READING_EVENTS = ['data', 'readable', 'end', 'drain'] as const;

/**
 * At the limit of requests, Node says `Connection: close` but leaves the connection open, and answers whatever else was
 * sent on it with a bare 503. An answer that does not keep the connection is the last thing that is sent.
 */
function closeAfterLast(_request: IncomingMessage, response: ServerResponse): void {
  if (Reflect.get(response, 'maxRequestsOnConnectionReached') === true) response.shouldKeepAlive = false;
}

/**
 * Closes our side and reads on for a moment (RFC 9112, section 9.6): the operating system answers what nobody reads with a
 * reset, on which the client would lose answers that it has not read yet.
 */
function closeInOrder(socket: Socket): void {
  // Listening to data is what takes the bytes away from the parser.
  socket.on('data', ignore);
  for (const name of READING_EVENTS) socket.removeAllListeners(name);
  socket.on('data', ignore).resume();
  socket.end(() => {
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
    socket.once('close', () => {
      clearTimeout(timer);
    });
  });
}

function ignore(): void {
  return undefined;
}

/**
 * Requests that were sent without waiting for answers (HTTP pipelining) are served one after another, with a turn for
 * everybody else between two of them; otherwise a thousand of them are one piece of work.
 */
function takeTurns(instance: FastifyInstance): void {
  instance.addHook('onRequest', (_request, { raw }, done) => {
    if (raw.socket !== null) done();
    // Once the one before it is answered. If the connection ends first, nobody waits for it.
    else raw.once('socket', () => setImmediate(done));
  });
}

/** What becomes of requests that share a connection, and how it ends. */
export function orderConnections(instance: FastifyInstance): void {
  instance.server.prependListener('request', closeAfterLast);
  instance.server.prependListener('connection', (socket: Socket) => {
    // Node calls this after an answer that does not keep the connection.
    socket.destroySoon = () => {
      closeInOrder(socket);
    };
  });
  takeTurns(instance);
}
