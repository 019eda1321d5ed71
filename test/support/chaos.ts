import { setTimeout as sleep } from 'node:timers/promises';
import type { InboxJson, MailboxEntryJson, SendBatchJson, SendJson, SendRequestJson } from '@sealpost/protocol';
import { call, type TestUser } from './api.js';
import { EventStreamReader } from './event-stream.js';
import { unreadableMessage } from './messages.js';
import type { TestServer } from './server.js';

/** Whatever answers requests: one server, or a proxy in front of several. */
interface Service {
  readonly url: string;
}

/** What a client may be told while a server or its database is away; 502 and broken connections come from proxies. */
const PASSING = new Set([502, 503]);
const PAUSE_MS = 20;

/**
 * Sends to changing recipients, one message (or one batch) after the other, and repeats each with the same id until it
 * is accepted.
 */
export class PersistentSender {
  readonly accepted = new Map<string, SendJson>();
  /** How often a message was answered with 201: never more than once. */
  readonly created = new Map<string, number>();
  /** Statuses that no outage explains. */
  readonly surprises: unknown[] = [];
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(
    private readonly service: Service,
    private readonly sender: TestUser,
    private readonly groups: readonly (readonly TestUser[])[],
    private readonly batchSize = 1,
  ) {
    this.#work = this.#run();
  }

  /** Lets what is under way be accepted first. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#stopped; count += 1) {
      let open = Array.from({ length: this.batchSize }, (_, index) => this.#message(count + index));
      while (open.length > 0 && this.surprises.length === 0) {
        open = await this.#attempt(open).catch(() => open);
        if (open.length > 0) await sleep(PAUSE_MS);
      }
    }
  }

  #message(count: number): SendRequestJson {
    const recipients = this.groups[count % this.groups.length]!;
    return unreadableMessage(
      this.sender.identity,
      recipients.map(({ identity }) => identity),
      { bodyBytes: 64 },
    );
  }

  /** @returns what has to be sent again */
  async #attempt(messages: readonly SendRequestJson[]): Promise<SendRequestJson[]> {
    const results = this.batchSize === 1 ? await this.#sendOne(messages[0]!) : await this.#sendBatch(messages);
    return messages.filter((message, index) => !this.#judge(message.id, results[index]));
  }

  async #sendOne(body: SendRequestJson): Promise<unknown[]> {
    const { token } = this.sender;
    const { status, body: answer } = await call(this.service, 'POST', '/v1/messages', { token, body });
    return [status < 300 ? { status, message: answer } : { status, problem: answer }];
  }

  async #sendBatch(messages: readonly SendRequestJson[]): Promise<readonly unknown[]> {
    const options = { token: this.sender.token, body: { messages } };
    const { status, body } = await call<SendBatchJson>(this.service, 'POST', '/v1/messages/batch', options);
    return status === 200 ? body.results : messages.map(() => ({ status, problem: body }));
  }

  /** Whether it is accepted. */
  #judge(id: string, result: unknown): boolean {
    const { status, message } = result as { status: number; message?: SendJson };
    if (message === undefined) {
      if (!PASSING.has(status)) this.surprises.push(result);
      return false;
    }
    if (status === 201) this.created.set(id, (this.created.get(id) ?? 0) + 1);
    this.accepted.set(id, message);
    return true;
  }
}

/** Follows a mailbox from its beginning, whatever breaks. */
export interface PersistentReader {
  readonly user: TestUser;
  /** How many entries it has got. */
  readonly count: number;
  /** All that it got, in the order of their arrival. */
  readonly entries: readonly MailboxEntryJson[];
  readonly surprises: readonly unknown[];
  stop(): Promise<void>;
}

/** By Server-Sent Events, going on after each break with Last-Event-ID. */
export class StreamingReader implements PersistentReader {
  readonly entries: MailboxEntryJson[] = [];
  readonly surprises: unknown[] = [];
  /** Connections that were begun. */
  connections = 0;
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(
    private readonly service: Service,
    readonly user: TestUser,
  ) {
    this.#work = this.#run();
  }

  get count(): number {
    return this.entries.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const last = this.entries.at(-1)?.sequence ?? 0;
      const options = { token: this.user.token, headers: { 'last-event-id': String(last) } };
      const stream = await EventStreamReader.open(this.service, options);
      this.connections += 1;
      if (stream.status === 200) await this.#follow(stream);
      else if (stream.head !== '' && !PASSING.has(stream.status)) this.surprises.push(stream.head);
      stream.close();
      await sleep(PAUSE_MS);
    }
  }

  async #follow(stream: EventStreamReader): Promise<void> {
    let taken = 0;
    for (let closed = false; !closed && !this.#stopped;) {
      await sleep(PAUSE_MS);
      closed = stream.closed;
      const fresh = stream.events.slice(taken);
      taken += fresh.length;
      for (const { event, data } of fresh) {
        if (event === 'message') this.entries.push(JSON.parse(data) as MailboxEntryJson);
      }
    }
  }
}

/** By reads that wait. */
export class PollingReader implements PersistentReader {
  readonly entries: MailboxEntryJson[] = [];
  readonly surprises: unknown[] = [];
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(
    private readonly service: Service,
    readonly user: TestUser,
  ) {
    this.#work = this.#run();
  }

  get count(): number {
    return this.entries.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await this.#read().catch(() => sleep(PAUSE_MS));
  }

  async #read(): Promise<void> {
    const after = this.entries.at(-1)?.sequence ?? 0;
    const path = `/v1/messages?after=${after}&limit=100&wait=1`;
    const { status, body } = await call<InboxJson>(this.service, 'GET', path, { token: this.user.token });
    if (status === 200) this.entries.push(...body.items);
    else if (PASSING.has(status)) await sleep(PAUSE_MS);
    else this.surprises.push(body);
  }
}

/** Lines of a server's log that tell of what nobody expected. */
export function failuresOf(server: TestServer): string[] {
  return server
    .logs()
    .split('\n')
    .filter((line) => /"level":"?(?:error|fatal|50|60)\b|unhandled|"status":500/i.test(line));
}
