import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SendRequestJson } from '@sealpost/protocol';
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
import { StreamingReader } from '../support/chaos.js';
import { sendMessage } from '../support/messages-api.js';
import { type ReplicaSet, startReplicaSet } from '../support/replica-set.js';

/** A request that is held up has to end by then: connecting 5 s, or a statement that is not answered 13 s. */
const LONGEST = { timeoutMs: 40_000 };

let server: TestProcess;
let alice: TestUser;
let bob: TestUser;

const messageToBob = (): SendRequestJson => unreadableMessage(alice.identity, [bob.identity]);
const send = (body: SendRequestJson = messageToBob()) => sendMessage(server, alice, body);
const isReady = async () => (await call(server, 'GET', '/health/ready')).status === 200;

function expectUnavailable(answer: Answer<unknown>): void {
  expect(answer).toMatchObject({ status: 503, body: { status: 503, code: 'server.unavailable' } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('retry-after')).toBe('1');
}

/** One request of each kind that needs the database. */
async function ofEachKind(): Promise<Answer<unknown>[]> {
  const { token } = alice;
  const { userId } = bob;
  return Promise.all([
    send(),
    call(server, 'GET', '/v1/messages', { token }),
    call(server, 'GET', '/v1/messages/stream', { token }),
    call(server, 'POST', '/v1/messages/ack', { token, body: { upTo: 0 } }),
    call(server, 'GET', `/v1/users/${userId}/keys/newest`, { token }),
    call(server, 'POST', '/v1/auth/refresh', { body: { refreshToken: alice.refreshToken } }),
    call(server, 'GET', '/health/ready'),
  ]);
}

describe('An unreachable database', () => {
  let set: ReplicaSet;

  beforeAll(async () => {
    set = await startReplicaSet(1);
    server = set.replicas[0]!;
  });

  beforeEach(async () => {
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  async function expectGoesOn(reader: StreamingReader, sent: readonly string[]): Promise<void> {
    await waitFor(isReady, LONGEST);
    const last = messageToBob();
    await waitFor(async () => (await send(last)).status < 300, LONGEST);
    await waitFor(() => reader.count === sent.length + 1, LONGEST);
    expect(reader.entries.map(({ id }) => id)).toEqual([...sent, last.id]);
    await reader.stop();
    expect(reader.surprises).toEqual([]);
  }

  async function beginReading(): Promise<{ reader: StreamingReader; sent: string[] }> {
    const reader = new StreamingReader(server, bob);
    const first = messageToBob();
    expect((await send(first)).status).toBe(201);
    await waitFor(() => reader.count === 1);
    return { reader, sent: [first.id] };
  }

  it('while the database cannot be reached, requests are told so, nothing is ready, and a stream goes on afterwards on the same connection', async () => {
    const { reader, sent } = await beginReading();
    set.link.cut();
    await waitFor(async () => !(await isReady()));
    for (const answer of await ofEachKind()) expectUnavailable(answer);
    expect((await call(server, 'GET', '/health/live')).status).toBe(200);
    set.link.restore();
    await expectGoesOn(reader, sent);
    expect(reader.connections).toBe(1);
  });

  it('while the database cannot be reached, requests that it keeps waiting without a word end all the same, and new connections are used afterwards', async () => {
    const { reader, sent } = await beginReading();
    const kept = [messageToBob(), messageToBob(), messageToBob()];
    set.link.hold();
    const answers = kept.map((body) => send(body));
    for (const answer of [...(await ofEachKind()), ...(await Promise.all(answers))]) expectUnavailable(answer);
    // The old connections never say anything again.
    set.link.abandon();
    for (const body of kept) {
      await waitFor(async () => [200, 201].includes((await send(body)).status), LONGEST);
      sent.push(body.id);
    }
    await expectGoesOn(reader, sent);
  });
});

describe('A read-only database', () => {
  beforeAll(async () => {
    server = await startProcess();
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  /** The nearest to a full disk that works on any PostgreSQL: its own error, raised in its place. */
  async function refuseMessages(sqlState: string): Promise<void> {
    await server.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${sqlState}'; END $$`);
    await server.sql('CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH STATEMENT EXECUTE FUNCTION refuse()');
  }

  const takeMessages = () => server.sql('DROP FUNCTION refuse() CASCADE');

  it.each([
    ['its disk is full', '53100'],
    ['it has become a standby', '25006'],
  ])(
    'while the database takes no changes, because %s, senders are told so, nothing is ready, and it recovers by itself',
    async (_, sqlState) => {
      const before = messageToBob();
      expect((await send(before)).status).toBe(201);
      expect(await isReady()).toBe(true);
      await refuseMessages(sqlState);
      const refused = messageToBob();
      const answer = await send(refused);
      expectUnavailable(answer);
      expect(answer.body.detail).toBe('The database cannot store anything at the moment. Repeat the request.');
      const notReady = await call<{ detail: string }>(server, 'GET', '/health/ready');
      expect([notReady.status, notReady.body.detail]).toEqual([503, 'The database cannot store anything.']);
      const page = await call<{ items: { id: string }[] }>(server, 'GET', '/v1/messages', { token: bob.token });
      expect(page.body.items.at(-1)?.id).toBe(before.id);
      await takeMessages();
      expect((await send(refused)).status).toBe(201);
      expect(await isReady()).toBe(true);
    },
  );

  it('a database that takes no changes is asked again although nobody sends: a load balancer that turned away comes back', async () => {
    await refuseMessages('53100');
    expectUnavailable(await send());
    expect(await isReady()).toBe(false);
    await takeMessages();
    await waitFor(isReady);
    expect((await send()).status).toBe(201);
  });
});

describe('A killed embedded database', () => {
  beforeAll(async () => {
    server = await startProcess({ database: 'embedded' });
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  it('when the embedded database is killed, it comes back by itself, and a stream goes on with what was sent before and after', async () => {
    const reader = new StreamingReader(server, bob);
    const [one, two] = [messageToBob(), messageToBob()];
    expect((await send(one)).status).toBe(201);
    await killEmbeddedDatabase(server.dataDir);
    const during = await send(two);
    if (during.status !== 201) expectUnavailable(during);
    await waitFor(async () => (await send(two)).status < 300, LONGEST);
    await waitFor(() => reader.count === 2, LONGEST);
    expect(reader.entries.map(({ id }) => id)).toEqual([one.id, two.id]);
    expect(reader.connections).toBe(1);
    await reader.stop();
  });
});
