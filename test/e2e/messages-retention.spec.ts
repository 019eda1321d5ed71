import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, ProblemOf, ServiceJson } from '@sealpost/protocol';
import {
  call,
  expectOk,
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { sendMessage } from '../support/messages-api.js';
import { startReplica } from '../support/replica.js';

const inboxOf = async (server: TestServer, user: TestUser): Promise<InboxJson> =>
  expectOk<InboxJson>(server, 'GET', '/v1/messages?limit=100', { token: user.token });

const lengthOf = async (server: TestServer, user: TestUser): Promise<number> =>
  (await inboxOf(server, user)).items.length;

describe('Retention by age and acknowledgement', () => {
  const env = { SEALPOST_MAILBOX_MAX_AGE_SECONDS: '60', SEALPOST_DELETE_AFTER_ACK_SECONDS: '0' };
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startServer({ env });
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  it('a server with a maximum age that deletes what was acknowledged says so to anybody', async () => {
    const { retention } = await expectOk<ServiceJson>(server, 'GET', '/v1/service');
    expect(retention).toEqual({ maxExpiresInSeconds: 60, defaultExpiresInSeconds: 60, deleteAfterAckSeconds: 0 });
  });

  it('a server with a maximum age that deletes what was acknowledged ends messages without a lifetime of their own at that age, in the receipt and in the mailbox', async () => {
    const body = unreadableMessage(alice.identity, [bob.identity]);
    const sent = await sendMessage(server, alice, body);
    expect(sent.status).toBe(201);
    expect(sent.body.expiresAt).toBe(sent.body.receivedAt + 60_000);
    const entry = (await inboxOf(server, bob)).items.find(({ id }) => id === body.id);
    expect(entry?.expiresAt).toBe(sent.body.expiresAt);
    expect((await sendMessage(server, alice, body)).body).toEqual(sent.body);
  });

  it('a server with a maximum age that deletes what was acknowledged refuses a longer lifetime, and says what is possible', async () => {
    const body = unreadableMessage(alice.identity, [bob.identity]);
    const refused = await sendMessage(server, alice, { ...body, expiresInSeconds: 61 });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/expiresInSeconds', detail: 'must be between 1 and 60' }],
    });
    expect((await sendMessage(server, alice, { ...body, expiresInSeconds: 60 })).status).toBe(201);
  });

  it('a server deletes what was acknowledged, and still answers the repetition of the sender', async () => {
    const body = unreadableMessage(bob.identity, [alice.identity]);
    const sent = await sendMessage(server, bob, body);
    const upTo = sent.body.deliveries[0]?.sequence;
    await expectOk(server, 'POST', '/v1/messages/ack', { token: alice.token, body: { upTo } });
    await waitFor(async () => (await lengthOf(server, alice)) === 0, { what: 'the acknowledged message to go' });
    const [row] = await server.sql('SELECT ciphertext FROM messages WHERE id = $1', [body.id]);
    expect(row).toEqual({ ciphertext: null });
    const again = await sendMessage(server, bob, body);
    expect({ status: again.status, text: again.text }).toEqual({ status: 200, text: sent.text });
  });
});

describe('A mailbox that takes five messages', () => {
  const env = { SEALPOST_MAILBOX_MAX_MESSAGES: '5', SEALPOST_DELETE_AFTER_ACK_SECONDS: '0' };
  let servers: [TestServer, TestServer];
  let alice: TestUser;

  beforeAll(async () => {
    const server = await startServer({ env });
    servers = [server, await startReplica(server, { env })];
    alice = await registerUser(server);
  });

  const full = (index: number) => ({
    status: 409,
    code: 'messages.mailbox-full',
    limit: { of: 'messages', is: 5 },
    errors: [
      {
        pointer: `/recipients/${index}/userId`,
        detail:
          'The mailbox of this recipient is full: it takes 5 messages and no more. Nothing was delivered to anybody.',
      },
    ],
  });

  it('a mailbox that takes five messages takes exactly five of many that reach two replicas at once, and no sequence is lost', async () => {
    const bob = await registerUser(servers[0]);
    const bodies = Array.from({ length: 12 }, () => unreadableMessage(alice.identity, [bob.identity]));
    const answers = await Promise.all(
      bodies.map((body, index) => sendMessage(servers[index % 2 === 0 ? 0 : 1], alice, body)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(5).fill(201),
      ...Array<number>(7).fill(409),
    ]);
    for (const { body } of answers.filter(({ status }) => status === 409)) expect(body).toMatchObject(full(0));
    expect((await inboxOf(servers[0], bob)).items.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const accepted = bodies.find((_, index) => answers[index]?.status === 201);
    expect((await sendMessage(servers[1], alice, accepted)).status).toBe(200);
  });

  it('a mailbox that takes five messages refuses a message to a group for one full member, and names the member', async () => {
    const [bob, carol] = [await registerUser(servers[0]), await registerUser(servers[0])];
    const toBob = () => sendMessage(servers[0], alice, unreadableMessage(alice.identity, [bob.identity]));
    for (let index = 0; index < 4; index++) expect((await toBob()).status).toBe(201);
    const toBoth = () => unreadableMessage(alice.identity, [bob.identity, carol.identity]);
    expect((await sendMessage(servers[0], alice, toBoth())).status).toBe(201);
    const body = toBoth();
    const refused = await sendMessage(servers[0], alice, body);
    const index = body.recipients.findIndex(({ userId }) => userId === bob.userId);
    expect(refused.body).toMatchObject(full(index));
    expect(await lengthOf(servers[0], carol)).toBe(1);
  });

  it('a mailbox that takes five messages has room again for what was deleted, has expired or was acknowledged', async () => {
    const bob = await registerUser(servers[0]);
    const send = async (lifetime: { expiresInSeconds?: number } = {}) =>
      (await sendMessage(servers[0], alice, { ...unreadableMessage(alice.identity, [bob.identity]), ...lifetime }))
        .status;
    const hasRoom = (): Promise<void> =>
      waitFor(async () => (await send()) === 201, { what: 'room in the mailbox' }).then(() => undefined);
    expect([await send({ expiresInSeconds: 1 }), await send(), await send(), await send(), await send()]).toEqual(
      Array(5).fill(201),
    );
    await hasRoom();
    expect(await send()).toBe(409);
    const [first] = (await inboxOf(servers[0], bob)).items;
    await expectOk(servers[1], 'DELETE', `/v1/messages/${first?.id}`, { token: bob.token });
    expect([await send(), await send()]).toEqual([201, 409]);
    const [, second] = (await inboxOf(servers[0], bob)).items;
    await expectOk(servers[1], 'POST', '/v1/messages/ack', { token: bob.token, body: { upTo: second?.sequence } });
    await hasRoom();
    expect([await send(), await send()]).toEqual([201, 409]);
  });
});

describe('A mailbox that takes so many bytes', () => {
  it('a mailbox that takes so many bytes takes a message that fills it to the last byte, and nothing after', async () => {
    const server = await startServer({ env: { SEALPOST_MAILBOX_MAX_BYTES: '262144' } });
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const send = (bodyBytes: number) =>
      sendMessage(server, alice, unreadableMessage(alice.identity, [bob.identity], { bodyBytes }));
    const sizeOf = (bodyBytes: number): number =>
      Buffer.byteLength(unreadableMessage(alice.identity, [bob.identity], { bodyBytes }).ciphertext, 'base64url');
    const overhead = sizeOf(512) - 512;
    const [first, rest] = [100_000, 262_144 - (100_000 + overhead) - overhead];
    expect((await send(first)).status).toBe(201);
    const refused = await send(rest + 1);
    expect(refused.status).toBe(409);
    expect((refused.body as unknown as ProblemOf<'messages.mailbox-full'>).limit).toEqual({ of: 'bytes', is: 262_144 });
    expect((await send(rest)).status).toBe(201);
    expect((await send(512)).status).toBe(409);
    const page = await call<InboxJson>(server, 'GET', '/v1/messages', { token: bob.token });
    expect(page.body.items).toHaveLength(2);
  });
});
