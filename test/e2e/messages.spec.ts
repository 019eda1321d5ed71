import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, MailboxEntryJson, ProblemJson, SendRequestJson } from '@sealpost/protocol';
import {
  boxMessage,
  call,
  expectOk,
  freshUuid,
  logIn,
  registerUser,
  rotateRequest,
  sharedServer,
  type RunningServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { lastSequence, sendMessage } from '../support/messages-api.js';
import { callAsOwner } from '../support/signing-proof.js';

describe('Messages', () => {
  let server: RunningServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;

  beforeAll(async () => {
    server = await sharedServer();
    [alice, bob, carol] = await Promise.all([registerUser(server), registerUser(server), registerUser(server)]);
  });

  const send = (user: TestUser, body: SendRequestJson) => sendMessage(server, user, body);
  const inbox = (user: TestUser, query = '') =>
    expectOk<InboxJson>(server, 'GET', `/v1/messages${query}`, { token: user.token });
  it('the server brings what the sender stated to each recipient, byte for byte', async () => {
    const body = unreadableMessage(alice.identity, [alice.identity, bob.identity, carol.identity]);
    const sent = await send(alice, body);
    expect(sent.status).toBe(201);
    for (const user of [alice, bob, carol]) {
      const sequence = sent.body.deliveries.find((delivery) => delivery.userId === user.userId)?.sequence ?? 0;
      const { items, next } = await inbox(user, `?after=${sequence - 1}`);
      const { id, conversationId, suite, senderKeyVersion, recipients, ciphertext } = body;
      const stated = { id, conversationId, suite, senderKeyVersion, recipients, ciphertext };
      const added = { sequence, senderId: alice.userId, receivedAt: sent.body.receivedAt };
      expect(items).toEqual([{ ...stated, ...added }]);
      expect(next).toBeUndefined();
      expect(await expectOk<MailboxEntryJson>(server, 'GET', `/v1/messages/${id}`, { token: user.token })).toEqual(
        items[0],
      );
    }
  });

  it.each(['box', 'sealed-box'] as const)('the server carries suite %s', async (suite) => {
    const body = boxMessage(suite, alice.identity, bob.identity, 'hello');
    expect((await send(alice, body)).status).toBe(201);
    const entry = await expectOk<MailboxEntryJson>(server, 'GET', `/v1/messages/${body.id}`, { token: bob.token });
    expect(entry.ciphertext).toBe(body.ciphertext);
    expect(entry.nonce).toBe(body.nonce);
  });

  it('the server answers a repetition with 200 and the same, also after deletion; other content with 409', async () => {
    const body = unreadableMessage(alice.identity, [bob.identity]);
    const first = await send(alice, body);
    const again = await send(alice, body);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const gone = await call(server, 'DELETE', `/v1/messages/${body.id}`, { token: bob.token });
    expect(gone.status).toBe(204);
    expect((await send(alice, body)).body).toEqual(first.body);
    const other = unreadableMessage(alice.identity, [bob.identity], {
      id: body.id,
      conversationId: body.conversationId,
    });
    const refused = await send(alice, other);
    expect([refused.status, refused.body.code]).toEqual([409, 'messages.id-conflict']);
    const stranger = await send(
      carol,
      unreadableMessage(carol.identity, [bob.identity], { id: body.id, conversationId: body.conversationId }),
    );
    expect([stranger.status, stranger.body.code]).toEqual([409, 'messages.id-conflict']);
  });

  it('the server accepts one of many simultaneous repetitions and answers all of them alike', async () => {
    const body = unreadableMessage(alice.identity, [bob.identity]);
    const before = await lastSequence(server, bob);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(alice, body)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await lastSequence(server, bob)).toBe(before + 1);
  });

  it('the server refuses key versions that are not the newest, with the newest statements', async () => {
    const [old, mallory] = await Promise.all([registerUser(server), registerUser(server)]);
    const { request, rotated } = rotateRequest(old.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: old.token, body: request });
    const toOld = await send(mallory, unreadableMessage(mallory.identity, [bob.identity, old.identity]));
    expect([toOld.status, toOld.body.code]).toEqual([409, 'messages.stale-key-version']);
    expect(toOld.body.statements?.map(({ userId, version }) => ({ userId, version }))).toEqual([
      { userId: old.userId, version: 2 },
    ]);
    expect(toOld.body.statements?.[0]?.statement).toBe(request.keys.statement);
    const fromOld = await send(old, unreadableMessage(old.identity, [bob.identity]));
    expect(fromOld.body.errors?.[0]?.pointer).toBe('/senderKeyVersion');
    expect((await send(old, unreadableMessage(rotated, [bob.identity]))).status).toBe(201);
    expect((await send(mallory, unreadableMessage(mallory.identity, [rotated]))).status).toBe(201);
  });

  it('the server still answers a repetition after the keys have rotated', async () => {
    const sender = await registerUser(server);
    const body = unreadableMessage(sender.identity, [bob.identity]);
    const first = await send(sender, body);
    const { request } = rotateRequest(sender.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: sender.token, body: request });
    const again = await send(sender, body);
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it('the server reaches a hundred recipients at once', async () => {
    const friends = [];
    for (let index = 0; index < 100; index += 10) {
      friends.push(...(await Promise.all(Array.from({ length: 10 }, () => registerUser(server)))));
    }
    const body = unreadableMessage(
      alice.identity,
      friends.map((friend) => friend.identity),
    );
    const sent = await send(alice, body);
    expect(sent.status).toBe(201);
    expect(sent.body.deliveries.map((delivery) => delivery.sequence)).toEqual(Array.from({ length: 100 }, () => 1));
    const [last] = friends;
    if (last !== undefined) expect((await inbox(last)).items[0]?.id).toBe(body.id);
  });

  it('the server pages through a mailbox, and through one conversation of it', async () => {
    const reader = await registerUser(server);
    const conversationId = freshUuid();
    for (let index = 0; index < 7; index++) {
      const options = index % 2 === 0 ? { conversationId } : {};
      await send(alice, unreadableMessage(alice.identity, [reader.identity], options));
    }
    const pages: number[][] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: InboxJson = await inbox(reader, `?after=${after}&limit=3`);
      pages.push(page.items.map((entry) => entry.sequence));
      after = page.next;
    }
    expect(pages).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    const conversation = await inbox(reader, `?conversationId=${conversationId}`);
    expect(conversation.items.map((entry) => entry.sequence)).toEqual([1, 3, 5, 7]);
    const end = await inbox(reader, '?after=7');
    expect(end).toEqual({ items: [], lastSequence: 7, acknowledgedUpTo: 0 });
  });

  it('the server changes nothing by reading', async () => {
    const reader = await registerUser(server);
    await send(alice, unreadableMessage(alice.identity, [reader.identity]));
    const id = (await inbox(reader)).items[0]?.id ?? '';
    const rows = () =>
      server.sql(
        `SELECT (SELECT jsonb_agg(m) FROM mailboxes m WHERE user_id = $1) AS mailbox,
        (SELECT jsonb_agg(e) FROM mailbox_entries e WHERE user_id = $1) AS entries,
        (SELECT jsonb_agg(s) FROM sessions s WHERE user_id = $1) AS sessions`,
        [reader.userId],
      );
    const before = await rows();
    await inbox(reader, '?wait=1&after=1');
    await expectOk(server, 'GET', `/v1/messages/${id}`, { token: reader.token });
    for (const path of ['/v1/vault', '/v1/account/sessions', `/v1/users/${alice.userId}/keys`]) {
      await expectOk(server, 'GET', path, { token: reader.token });
    }
    expect(await rows()).toEqual(before);
  });

  it('the server waits for the first new message and answers as soon as it is there', async () => {
    const reader = await registerUser(server);
    const waiting = inbox(reader, '?wait=30');
    const body = unreadableMessage(alice.identity, [reader.identity]);
    await send(alice, body);
    expect((await waiting).items.map((entry) => entry.id)).toEqual([body.id]);
    expect((await inbox(reader, '?after=1&wait=1')).items).toEqual([]);
  });

  it('the server keeps waiting when the message that arrives belongs to another conversation', async () => {
    const reader = await registerUser(server);
    const conversationId = freshUuid();
    const waiting = inbox(reader, `?wait=30&conversationId=${conversationId}`);
    await send(alice, unreadableMessage(alice.identity, [reader.identity]));
    const wanted = unreadableMessage(alice.identity, [reader.identity], { conversationId });
    await send(alice, wanted);
    expect((await waiting).items.map((entry) => entry.id)).toEqual([wanted.id]);
  });

  it('the server ends a wait with 401 when its session is ended meanwhile', async () => {
    const reader = await registerUser(server);
    const waiting = call<ProblemJson>(server, 'GET', '/v1/messages?wait=30', { token: reader.token });
    const other = await logIn(server, reader.identity);
    const path = `/v1/account/sessions/${reader.sessionId}`;
    expect((await callAsOwner(server, other, 'DELETE', path)).status).toBe(204);
    const answer = await waiting;
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.session-ended']);
  });

  it('the server acknowledges forward only, and not what has not arrived', async () => {
    const reader = await registerUser(server);
    await send(alice, unreadableMessage(alice.identity, [reader.identity]));
    const ack = (upTo: number) =>
      call<{ acknowledgedUpTo: number } & ProblemJson>(server, 'POST', '/v1/messages/ack', {
        token: reader.token,
        body: { upTo },
      });
    expect((await ack(1)).body).toEqual({ acknowledgedUpTo: 1 });
    expect((await ack(0)).body).toEqual({ acknowledgedUpTo: 1 });
    expect((await inbox(reader)).acknowledgedUpTo).toBe(1);
    const beyond = await ack(2);
    expect([beyond.status, beyond.body.code]).toEqual([422, 'messages.ack-out-of-range']);
  });

  it('the server lets messages expire: hidden at once, their bytes swept soon after', async () => {
    const body = { ...unreadableMessage(alice.identity, [bob.identity]), expiresInSeconds: 1 };
    const sent = await send(alice, body);
    expect(sent.body.expiresAt).toBe(sent.body.receivedAt + 1000);
    const read = () => call(server, 'GET', `/v1/messages/${body.id}`, { token: bob.token });
    await waitFor(async () => (await read()).status === 404);
    const bytes = () =>
      server.sql<{ ciphertext: Buffer | null }>('SELECT ciphertext FROM messages WHERE id = $1', [body.id]);
    await waitFor(async () => (await bytes())[0]?.ciphertext === null);
    const again = await send(alice, body);
    expect([again.status, again.body]).toEqual([200, sent.body]);
  });
});
