import { ClientError } from '../errors.js';

/** One event of a text/event-stream. */
export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** Of this event or of the last one that had an id; empty before the first. */
  readonly lastEventId: string;
}

/**
 * Characters of one line, and of the data of one event. The largest entry of a mailbox, 256 KiB of ciphertext in
 * base64url with 100 recipients, stays below half of it.
 */
export const LONGEST_EVENT = 1024 * 1024;

const CR = '\r';
const LF = '\n';

/**
 * Takes an event stream apart as the HTML standard says (section 9.2.6, "Interpreting an event stream"), whatever the
 * pieces in which it arrives. An event that the end of the stream cuts off is never given out.
 */
export class EventStreamParser {
  // Strips a byte order mark at the beginning, and holds a character back until all of its bytes are there.
  readonly #decoder = new TextDecoder('utf-8');
  /** The beginning of a line whose end has not arrived. */
  #line = '';
  /** A line ended with CR: an LF that follows belongs to it. */
  #afterCr = false;
  #type = '';
  #data: string[] = [];
  #dataLength = 0;
  #lastEventId = '';
  #retryMs: number | undefined;

  /** What the stream last said about the pause before the next connection, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /**
   * @returns the events that are complete with this piece
   * @throws ClientError `client.bad-answer` for a line or an event longer than any honest one
   */
  push(piece: Uint8Array): readonly ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const text = this.#decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end = 0; end < text.length; end++) {
      const character = text[end];
      if (character !== CR && character !== LF) continue;
      this.#keep(text.slice(start, end));
      if (character === CR || !this.#afterCr) this.#endLine(this.#take(), events);
      this.#afterCr = character === CR;
      start = end + 1;
    }
    this.#keep(text.slice(start));
    return events;
  }

  #take(): string {
    const line = this.#line;
    this.#line = '';
    return line;
  }

  #keep(rest: string): void {
    if (rest === '') return;
    this.#afterCr = false;
    this.#line += rest;
    if (this.#line.length > LONGEST_EVENT) throw tooLong();
  }

  #endLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      this.#dispatch(events);
      return;
    }
    const colon = line.indexOf(':');
    // A comment, such as a heartbeat.
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    this.#field(name, value);
  }

  #field(name: string, value: string): void {
    if (name === 'data') this.#addData(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#lastEventId = value;
    else if (name === 'retry' && /^[0-9]{1,9}$/.test(value)) this.#retryMs = Number(value);
  }

  #addData(value: string): void {
    this.#data.push(value);
    this.#dataLength += value.length + 1;
    if (this.#dataLength > LONGEST_EVENT) throw tooLong();
  }

  #dispatch(events: ServerSentEvent[]): void {
    const type = this.#type === '' ? 'message' : this.#type;
    if (this.#data.length > 0) events.push({ type, data: this.#data.join(LF), lastEventId: this.#lastEventId });
    this.#type = '';
    this.#data = [];
    this.#dataLength = 0;
  }
}

function tooLong(): ClientError {
  return new ClientError('client.bad-answer', 'The server’s stream has an event that is too long');
}
