/** One open stream of server-sent events, read as cheaply as may be. */
import { connect } from 'node:net';

const READ_BYTES = 64 * 1024;

/**
 * @typedef {object} StreamEvent
 * @property {string} event
 * @property {string} data
 */

/** Puts events together from the bytes of a chunked (or unchunked) answer. */
export class EventReader {
  #head = '';
  /** @type {boolean | undefined} undefined until the head was read */
  #chunked;
  #raw = '';
  #text = '';
  #onEvent;

  /** @param {(event: StreamEvent) => void} onEvent */
  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /** @param {string} bytes as latin1: what is measured is ASCII */
  feed(bytes) {
    if (this.#chunked === undefined) this.#readHead(bytes);
    else if (this.#chunked) this.#readChunks(bytes);
    else this.#readText(bytes);
  }

  #readHead(bytes) {
    this.#head += bytes;
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!/^HTTP\/1\.1 200 /.test(this.#head)) throw new Error(`A stream was refused: ${this.#head.slice(0, 1000)}`);
    this.#chunked = /\r\ntransfer-encoding: *chunked/i.test(this.#head.slice(0, end));
    const rest = this.#head.slice(end + 4);
    this.#head = '';
    if (rest !== '') this.feed(rest);
  }

  #readChunks(bytes) {
    this.#raw += bytes;
    for (;;) {
      const lineEnd = this.#raw.indexOf('\r\n');
      if (lineEnd < 0) return;
      const length = Number.parseInt(this.#raw.slice(0, lineEnd), 16);
      const end = lineEnd + 2 + length;
      if (this.#raw.length < end + 2) return;
      const text = this.#raw.slice(lineEnd + 2, end);
      this.#raw = this.#raw.slice(end + 2);
      this.#readText(text);
    }
  }

  #readText(text) {
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name) => lines.find((line) => line.startsWith(name))?.slice(name.length) ?? '';
      const event = field('event: ');
      if (event !== '') this.#onEvent({ event, data: field('data: ') });
    }
  }
}

/**
 * Opens a stream. The promise is kept with the first event, `mailbox`; whatever ends the stream before `close` was
 * called goes to `onError`.
 * @param {URL} url
 * @param {{ token: string, after: number }} reader
 * @param {{ onMessage: (data: string) => void, onError: (error: Error) => void }} handlers
 * @returns {Promise<{ close: () => void }>}
 */
export function openStream(url, { token, after }, { onMessage, onError }) {
  return new Promise((resolve, reject) => {
    let closed = false;
    const stream = {
      close: () => {
        closed = true;
        socket.destroy();
      },
    };
    const fail = (error) => {
      if (closed) return;
      stream.close();
      reject(error);
      onError(error);
    };
    const reader = new EventReader(({ event, data }) => {
      if (event === 'message') onMessage(data);
      else if (event === 'mailbox') resolve(stream);
      else fail(new Error(`A stream ended: ${event} ${data}`));
    });
    const socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: { buffer: () => sharedBuffer, callback: read },
    });
    function read(length, buffer) {
      try {
        reader.feed(Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1'));
      } catch (error) {
        fail(error);
      }
      return true;
    }
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The server closed a stream')));
    socket.write(
      `GET /v1/messages/stream?after=${after} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n` +
        `Authorization: Bearer ${token}\r\n\r\n`,
    );
  });
}

/** What is read is dealt with before anything else is: one buffer serves thousands of streams. */
const sharedBuffer = Buffer.allocUnsafe(READ_BYTES);
