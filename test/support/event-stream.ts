import { connect, type Socket } from 'node:net';
import type { MailboxEntryJson, ProblemJson, StreamEndJson, StreamMailboxJson } from '@sealpost/protocol';
import { waitFor } from './wait-for.js';

export interface StreamOptions {
  readonly token: string;
  readonly after?: number | string;
  readonly conversationId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads the head of the answer and nothing more, until `socket.resume()`. */
  readonly paused?: boolean;
}

/** One Server-Sent Event, or a comment. */
export interface StreamEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: string;
}

/** A reader of GET /v1/messages/stream that sees every byte. */
export class EventStreamReader {
  readonly events: StreamEvent[] = [];
  head = '';
  closed = false;
  #text = '';

  private constructor(
    readonly socket: Socket,
    paused: boolean,
  ) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      if (this.head === '' && paused) socket.pause();
      this.#take(text);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  /** Resolves when the head of the answer is there. */
  static async open(server: { readonly url: string }, options: StreamOptions): Promise<EventStreamReader> {
    const { hostname, port } = new URL(server.url);
    const reader = new EventStreamReader(connect({ host: hostname, port: Number(port) }), options.paused === true);
    reader.socket.write(requestText(options));
    await waitFor(() => reader.head !== '' || reader.closed, { what: 'the head of a stream' });
    return reader;
  }

  get status(): number {
    return Number(this.head.slice(9, 12));
  }

  header(name: string): string | undefined {
    const line = this.head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name}: `));
    return line?.slice(name.length + 2);
  }

  /** What the server answered instead of a stream. */
  async problem(): Promise<ProblemJson> {
    return waitFor(() => JSON.parse(this.#text) as ProblemJson, { what: 'a problem document' });
  }

  get mailbox(): StreamMailboxJson | undefined {
    return this.#dataOf<StreamMailboxJson>('mailbox')[0];
  }

  get entries(): MailboxEntryJson[] {
    return this.#dataOf<MailboxEntryJson>('message');
  }

  get sequences(): number[] {
    return this.entries.map((entry) => entry.sequence);
  }

  get lastEventId(): string | undefined {
    return this.events.filter(({ id }) => id !== undefined).at(-1)?.id;
  }

  get heartbeats(): number {
    return this.events.filter(({ event }) => event === ': heartbeat').length;
  }

  get endReason(): string | undefined {
    return this.#dataOf<StreamEndJson>('end')[0]?.reason;
  }

  /** Waits until so many entries have arrived. */
  async arrived(count: number): Promise<MailboxEntryJson[]> {
    const what = `${count} entries of a stream`;
    return waitFor(() => this.events.length >= count && this.entries.length >= count && this.entries, { what });
  }

  /** Waits until the connection is closed; returns the reason that the server gave. */
  async ended(timeoutMs?: number): Promise<string | undefined> {
    await waitFor(() => this.closed, {
      what: 'the end of a stream',
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    return this.endReason;
  }

  close(): void {
    this.socket.destroy();
  }

  #dataOf<T>(name: string): T[] {
    return this.events.filter(({ event }) => event === name).map(({ data }) => JSON.parse(data) as T);
  }

  #take(text: string): void {
    this.#text += text;
    if (this.head === '') this.#takeHead();
    if (this.head === '' || this.status !== 200) return;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.events.push(parseEvent(block));
  }

  #takeHead(): void {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.head = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 4);
  }
}

/** The bytes of a request for a stream. */
export function requestText({ token, after, conversationId, headers = {} }: StreamOptions): string {
  const query = [
    ...(after === undefined ? [] : [`after=${after}`]),
    ...(conversationId === undefined ? [] : [`conversationId=${conversationId}`]),
  ].join('&');
  const lines = Object.entries({ host: 'localhost', authorization: `Bearer ${token}`, ...headers });
  return `GET /v1/messages/stream${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}

function parseEvent(block: string): StreamEvent {
  if (block.startsWith(':')) return { event: block, data: '' };
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const id = fields.get('id');
  return { event: fields.get('event') ?? '', data: fields.get('data') ?? '', ...(id === undefined ? {} : { id }) };
}
