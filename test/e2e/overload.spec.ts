import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxJson, ProblemJson, SendBatchJson, SendRequestJson } from '@sealpost/protocol';
import pg from 'pg';
import {
  call,
  expectOk,
  registerUser,
  startProcess,
  type TestProcess,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { sendMessage } from '../support/messages-api.js';
import { scrape } from '../support/scrape.js';

const QUEUE = 8;

describe('An overloaded database', () => {
  let server: TestProcess;
  let alice: TestUser;
  let bob: TestUser;
  let blocker: pg.Client | null = null;

  beforeAll(async () => {
    server = await startProcess({
      env: { SEALPOST_SEND_QUEUE_MESSAGES: String(QUEUE), SEALPOST_METRICS_PORT: '0' },
    });
  });

  beforeEach(async () => {
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  afterEach(letGo);

  const messageToBob = (): SendRequestJson => unreadableMessage(alice.identity, [bob.identity]);
  const send = (body: SendRequestJson) => sendMessage(server, alice, body);
  const sequencesOfBob = async () => {
    const { items: entries } = await expectOk<InboxJson>(server, 'GET', '/v1/messages?limit=100', { token: bob.token });
    return entries.map(({ id, sequence }) => [sequence, id]);
  };

  /** Nothing can be delivered to Bob until `letGo`. */
  async function holdMailboxOfBob(): Promise<void> {
    blocker = new pg.Client(await server.connection());
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM mailboxes WHERE user_id = $1 FOR UPDATE', [bob.userId]);
  }

  async function letGo(): Promise<void> {
    await blocker?.end();
    blocker = null;
  }

  /** Sends until both groups that may be under way are waiting for the database, and the queue behind them is full. */
  async function fillUp(): Promise<Sends> {
    const sends = new Sends(send, messageToBob);
    for (let groups = 1; groups <= 2; groups++) {
      sends.begin();
      await waitFor(async () => (await waitingForLocks()) === groups, { what: 'a group that waits' });
    }
    for (let count = 0; count < QUEUE; count++) sends.begin();
    const depth = async () => (await scrape(server)).value('sealpost_messages_queue_depth');
    await waitFor(async () => (await depth()) === QUEUE, { what: 'a full queue' });
    return sends;
  }

  async function waitingForLocks(): Promise<number> {
    const text =
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    return (await server.sql<{ count: number }>(text))[0]!.count;
  }

  it('more messages than the database takes are refused at once beyond the queue; what is in the queue is stored later, and so are repetitions', async () => {
    await holdMailboxOfBob();
    const waiting = await fillUp();
    const refused = Array.from({ length: 5 }, messageToBob);
    for (const body of refused) {
      const answer = await send(body);
      expect(answer).toMatchObject({ status: 503, body: { code: 'server.overloaded' } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    // They were answered while everything before them is still waiting.
    expect(waiting.answered).toBe(0);
    expect(await sequencesOfBob()).toEqual([]);
    await letGo();
    expect(await waiting.statuses()).toEqual(Array.from({ length: QUEUE + 2 }, () => 201));
    for (const body of refused) expect((await send(body)).status).toBe(201);
    const stored = await sequencesOfBob();
    expect(stored.map(([sequence]) => sequence)).toEqual(stored.map((_, index) => index + 1));
    expect(new Set(stored.map(([, id]) => id))).toEqual(new Set([...waiting.ids, ...refused.map(({ id }) => id)]));
  });

  it('more messages than the database takes leave everything else as quick as it is', async () => {
    await holdMailboxOfBob();
    const waiting = await fillUp();
    expect(await sequencesOfBob()).toEqual([]);
    expect((await call(server, 'GET', `/v1/users/${bob.userId}/keys/newest`, { token: alice.token })).status).toBe(200);
    expect((await call(server, 'GET', '/health/ready')).status).toBe(200);
    expect(waiting.answered).toBe(0);
    await letGo();
    await waiting.statuses();
  });

  it('more messages than the database takes fail one by one in a batch: what the queue has room for is stored', async () => {
    await holdMailboxOfBob();
    const first = new Sends(send, messageToBob);
    for (let groups = 1; groups <= 2; groups++) {
      first.begin();
      await waitFor(async () => (await waitingForLocks()) === groups, { what: 'a group that waits' });
    }
    const messages = Array.from({ length: QUEUE + 4 }, messageToBob);
    const batch = (part: readonly SendRequestJson[]) =>
      expectOk<SendBatchJson>(server, 'POST', '/v1/messages/batch', { token: alice.token, body: { messages: part } });
    const answer = batch(messages);
    await waitFor(async () => (await scrape(server)).value('sealpost_messages_queue_depth') === QUEUE);
    await letGo();
    const { results } = await answer;
    expect(results.map(({ status }) => status)).toEqual(messages.map((_, index) => (index < QUEUE ? 201 : 503)));
    expect('problem' in results[QUEUE]! && results[QUEUE].problem).toMatchObject({ code: 'server.overloaded' });
    await first.statuses();
    const again = await batch(messages.slice(QUEUE));
    expect(again.results.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const stored = await sequencesOfBob();
    expect(stored).toHaveLength(messages.length + 2);
    expect(stored.map(([sequence]) => sequence)).toEqual(stored.map((_, index) => index + 1));
  });
});

describe('The limit of an account', () => {
  it('more messages than an account may send are refused with the time to wait, while other accounts go on', async () => {
    const server = await startProcess({ env: { SEALPOST_RATE_SEND_PER_ACCOUNT: '20/3600' } });
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const send = (from: TestUser, to: TestUser) =>
      sendMessage(server, from, unreadableMessage(from.identity, [to.identity]));
    const messages = Array.from({ length: 25 }, () => unreadableMessage(alice.identity, [bob.identity]));
    const batch = await expectOk<SendBatchJson>(server, 'POST', '/v1/messages/batch', {
      token: alice.token,
      body: { messages },
    });
    expect(batch.results.map(({ status }) => status)).toEqual(messages.map((_, index) => (index < 20 ? 201 : 429)));
    const refused = await send(alice, bob);
    expect([refused.status, (refused.body as ProblemJson).code]).toEqual([429, 'request.rate-limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
    expect((await send(bob, alice)).status).toBe(201);
  });
});

/** Sends that were begun and are not waited for yet. */
class Sends {
  readonly ids: string[] = [];
  answered = 0;
  readonly #answers: Promise<number>[] = [];

  constructor(
    private readonly send: (body: SendRequestJson) => Promise<{ readonly status: number }>,
    private readonly message: () => SendRequestJson,
  ) {}

  begin(): void {
    const body = this.message();
    this.ids.push(body.id);
    this.#answers.push(
      this.send(body).then(({ status }) => {
        this.answered += 1;
        return status;
      }),
    );
  }

  statuses(): Promise<number[]> {
    return Promise.all(this.#answers);
  }
}
