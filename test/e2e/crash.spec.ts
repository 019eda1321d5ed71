import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, MailboxEntryJson, SendJson, SendRequestJson } from '@sealpost/protocol';
import {
  type Answer,
  call,
  killEmbeddedDatabase,
  registerUser,
  startProcess,
  type TestProcess,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';

const SENDERS = 4;

/** Sends without a pause until it is told to stop, and remembers what was answered with 201. */
class SendingStream {
  readonly accepted = new Map<string, SendJson>();
  readonly unanswered: SendRequestJson[] = [];
  /** Statuses of answers other than 201. */
  readonly refusals = new Set<number>();
  #stopped = false;
  readonly #work: Promise<void>[];

  constructor(
    private readonly server: TestProcess,
    private readonly sender: TestUser,
    private readonly recipient: TestUser,
  ) {
    this.#work = Array.from({ length: SENDERS }, () => this.#send());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#work);
  }

  async #send(): Promise<void> {
    while (!this.#stopped) {
      const body = unreadableMessage(this.sender.identity, [this.recipient.identity]);
      try {
        const { status, body: answer } = await call<SendJson>(this.server, 'POST', '/v1/messages', {
          token: this.sender.token,
          body,
        });
        if (status === 201) this.accepted.set(body.id, answer);
        else {
          this.refusals.add(status);
          this.unanswered.push(body);
        }
      } catch {
        this.unanswered.push(body);
      }
    }
  }
}

describe('A crash while messages are sent', () => {
  let server: TestProcess;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startProcess({ database: 'embedded' });
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  async function wholeInbox(): Promise<MailboxEntryJson[]> {
    const entries = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: Answer<InboxJson> = await call<InboxJson>(server, 'GET', `/v1/messages?after=${after}&limit=100`, {
        token: bob.token,
      });
      if (page.status !== 200) throw new Error(page.text);
      entries.push(...page.body.items);
      after = page.body.next;
    }
    return entries;
  }

  async function expectNothingLost(stream: SendingStream): Promise<void> {
    const entries = await wholeInbox();
    const sequences = entries.map((entry) => entry.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    const byId = new Map(entries.map((entry) => [entry.id, entry.sequence]));
    expect(byId.size).toBe(entries.length);
    for (const [id, { deliveries }] of stream.accepted) expect(byId.get(id)).toBe(deliveries[0]?.sequence);
  }

  async function expectRepeatsAreSafe(stream: SendingStream): Promise<void> {
    for (const body of stream.unanswered.slice(0, 8)) {
      const { status } = await call(server, 'POST', '/v1/messages', { token: alice.token, body });
      expect([200, 201]).toContain(status);
    }
    const ids = (await wholeInbox()).map((entry) => entry.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id } of stream.unanswered.slice(0, 8)) expect(ids).toContain(id);
  }

  const crashes: [string, () => Promise<void>][] = [
    [
      'kill -9 of the server',
      async () => {
        await server.kill('SIGKILL');
        await server.restart();
      },
    ],
    [
      'kill -9 of the embedded database',
      async () => {
        await killEmbeddedDatabase(server.dataDir);
        await waitFor(async () => (await call(server, 'GET', '/health/ready')).status === 200);
      },
    ],
    [
      'kill -9 of both',
      async () => {
        await Promise.all([server.kill('SIGKILL'), killEmbeddedDatabase(server.dataDir)]);
        await server.restart();
      },
    ],
  ];

  it.each(crashes)('a crash in the middle of a stream of sends loses no 201 and doubles none: %s', async (_, crash) => {
    const stream = new SendingStream(server, alice, bob);
    await waitFor(() => stream.accepted.size > 50);
    const before = stream.accepted.size;
    await crash();
    await waitFor(() => stream.accepted.size > before + 50);
    await stream.stop();
    expect([...stream.refusals].filter((status) => status !== 503)).toEqual([]);
    await expectNothingLost(stream);
    await expectRepeatsAreSafe(stream);
  });
});
