/**
 * HTTP/1.1 with one request in flight: as little work for an answer as possible. Where the server ends the connection with
 * an answer, as Sealpost does after a thousand, the next request goes over another one.
 */
import { connect } from 'node:net';

const READ_BYTES = 64 * 1024;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * @callback OnAnswer
 * @param {number} status
 * @param {() => string} text the answer as far as it is at hand; to be called at once or not at all
 */

export class Connection {
  /** @type {OnAnswer} */
  onAnswer = () => undefined;
  /** @type {(error: Error) => void} */
  onError = () => undefined;
  #url;
  #socket;
  #status = 0;
  /** Bytes of the body that have not come yet; -1 between answers. */
  #missing = -1;
  /** The beginning of a head that came in pieces. */
  #piece = Buffer.alloc(0);
  #closed = false;

  /** The answer that is being read is the last one of its connection. */
  #isLast = false;

  /** @param {URL} url */
  constructor(url) {
    this.#url = url;
    this.#socket = this.#open();
  }

  #open() {
    const socket = connect({
      host: this.#url.hostname,
      port: Number(this.#url.port),
      noDelay: true,
      // One buffer for all answers of this connection instead of one for each.
      onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: (length, buffer) => this.#read(length, buffer) },
    });
    const fail = (error) => {
      if (socket === this.#socket) this.#fail(error);
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The server closed a connection')));
    return socket;
  }

  /** @returns {Promise<void>} */
  connected() {
    // It may have come about while something else was waited for.
    if (!this.#socket.connecting) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
  }

  /** @param {Buffer} request */
  send(request) {
    this.#socket.write(request);
  }

  close() {
    this.#closed = true;
    this.#socket.destroy();
  }

  #fail(error) {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.onError(error);
  }

  #read(length, buffer) {
    const chunk = buffer.subarray(0, length);
    if (this.#missing >= 0) this.#readBody(chunk, length);
    else if (this.#piece.length === 0) this.#readHead(chunk);
    else this.#readHead(Buffer.concat([this.#piece, chunk]));
    return true;
  }

  #readHead(chunk) {
    const end = chunk.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#piece = Buffer.from(chunk);
      return;
    }
    this.#piece = Buffer.alloc(0);
    const head = chunk.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && this.#status !== 204) {
      this.#fail(new Error(`An answer without Content-Length: ${head}`));
      return;
    }
    this.#isLast = /\r\nconnection: *close/i.test(head);
    this.#missing = Number(length ?? 0);
    this.#readBody(chunk, chunk.length - end - END_OF_HEAD.length);
  }

  #readBody(chunk, length) {
    this.#missing -= length;
    if (this.#missing > 0) return;
    if (this.#missing < 0) {
      this.#fail(new Error(`More bytes than the answer has: ${chunk.toString('latin1', 0, 300)}`));
      return;
    }
    this.#missing = -1;
    if (this.#isLast) this.#reconnect();
    this.onAnswer(this.#status, () => chunk.toString('utf8'));
  }

  #reconnect() {
    const ended = this.#socket;
    this.#socket = this.#open();
    ended.destroy();
  }
}
