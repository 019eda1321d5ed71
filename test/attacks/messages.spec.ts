import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, requireBase64Url } from '@sealpost/protocol';
import type { ProblemJson, SendRequestJson } from '@sealpost/protocol';
import {
  boxMessage,
  call,
  freshUuid,
  registerUser,
  sharedServer,
  type RunningServer,
  type TestUser,
  unreadableMessage,
} from '../support/index.js';
import { lastSequence, sendMessage } from '../support/messages-api.js';

describe('Refused messages', () => {
  let server: RunningServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;

  beforeAll(async () => {
    server = await sharedServer();
    [alice, bob, carol] = await Promise.all([registerUser(server), registerUser(server), registerUser(server)]);
  });

  const send = (user: TestUser, body: SendRequestJson) => sendMessage(server, user, body);
  const stored = async (id: string): Promise<number> =>
    (await server.sql('SELECT id FROM messages WHERE id = $1', [id])).length;

  it('the server refuses a wrong envelope with an exact reason and stores nothing', async () => {
    const good = unreadableMessage(alice.identity, [bob.identity, carol.identity]);
    const goodBytes = Buffer.from(requireBase64Url(good.ciphertext, 'ciphertext'));
    const elsewhere = unreadableMessage(alice.identity, [bob.identity, alice.identity]);
    const box = boxMessage('box', alice.identity, bob.identity, 'hi');
    const { nonce, ...withoutNonce } = box;
    const lowOrder = { ...boxMessage('sealed-box', alice.identity, bob.identity, 'hi') };
    const cases: [SendRequestJson, string, string][] = [
      [{ ...good, id: freshUuid() }, '/ciphertext', 'wrong-message-id'],
      [{ ...good, conversationId: freshUuid() }, '/ciphertext', 'wrong-conversation-id'],
      [{ ...good, recipients: good.recipients.slice(1) }, '/ciphertext', 'wrong-slot-count'],
      [{ ...elsewhere, recipients: good.recipients }, '/ciphertext', 'wrong-slot'],
      [
        { ...good, ciphertext: encodeBase64Url(Buffer.concat([goodBytes, Buffer.alloc(1)])) },
        '/ciphertext',
        'malformed',
      ],
      [{ ...good, ciphertext: encodeBase64Url(goodBytes.subarray(0, -1)) }, '/ciphertext', 'malformed'],
      [
        { ...good, recipients: [...good.recipients, ...good.recipients] },
        '/recipients/2/userId',
        'duplicate-recipient',
      ],
      [{ ...good, nonce: nonce ?? '' }, '/nonce', 'nonce-not-allowed'],
      [withoutNonce, '/nonce', 'nonce-missing'],
      [{ ...box, recipients: good.recipients }, '/recipients', 'wrong-recipient-count'],
      [{ ...box, ciphertext: 'AAAA' }, '/ciphertext', 'too-short'],
      [{ ...lowOrder, ciphertext: 'A'.repeat(lowOrder.ciphertext.length) }, '/ciphertext', 'invalid-key'],
    ];
    const before = await lastSequence(server, bob);
    for (const [body, pointer, reason] of cases) {
      const { status, body: problem } = await send(alice, body);
      const { code } = problem;
      expect({ status, code, reason: problem.reason, pointer: problem.errors?.[0]?.pointer }).toEqual({
        status: 422,
        code: 'messages.envelope-refused',
        reason,
        pointer,
      });
      expect(await stored(body.id)).toBe(0);
    }
    expect(await lastSequence(server, bob)).toBe(before);
  });

  it('the server delivers to nobody when one recipient does not exist', async () => {
    const stranger = { ...carol.identity, userId: freshUuid() };
    const body = unreadableMessage(alice.identity, [bob.identity, stranger]);
    const before = await lastSequence(server, bob);
    const { status, body: problem } = await send(alice, body);
    expect([status, problem.code]).toEqual([422, 'messages.recipient-unknown']);
    const index = body.recipients.findIndex((recipient) => recipient.userId === stranger.userId);
    expect(problem.errors?.[0]?.pointer).toBe(`/recipients/${index}/userId`);
    expect([await stored(body.id), await lastSequence(server, bob)]).toEqual([0, before]);
  });

  it('the server takes a message of the largest size and refuses one byte more', async () => {
    const small = unreadableMessage(alice.identity, [bob.identity], { bodyBytes: 16 });
    const overhead = requireBase64Url(small.ciphertext, 'ciphertext').length - 16;
    const most = 256 * 1024 - overhead;
    const largest = unreadableMessage(alice.identity, [bob.identity], { bodyBytes: most });
    expect((await send(alice, largest)).status).toBe(201);
    const tooLarge = await send(alice, unreadableMessage(alice.identity, [bob.identity], { bodyBytes: most + 1 }));
    expect(tooLarge.status).toBe(400);
    expect(tooLarge.body.errors?.[0]?.pointer).toBe('/ciphertext');
  });

  it("the server shows and deletes only what lies in one's own mailbox", async () => {
    const body = unreadableMessage(alice.identity, [bob.identity, carol.identity]);
    await send(alice, body);
    for (const method of ['GET', 'DELETE']) {
      const answer = await call<ProblemJson>(server, method, `/v1/messages/${body.id}`, { token: alice.token });
      expect([answer.status, answer.body.code]).toEqual([404, 'messages.not-found']);
    }
    expect((await call(server, 'DELETE', `/v1/messages/${body.id}`, { token: bob.token })).status).toBe(204);
    expect((await call(server, 'GET', `/v1/messages/${body.id}`, { token: bob.token })).status).toBe(404);
    expect((await call(server, 'GET', `/v1/messages/${body.id}`, { token: carol.token })).status).toBe(200);
  });

  it('the server refuses a lifetime beyond the setting', async () => {
    const body = { ...unreadableMessage(alice.identity, [bob.identity]), expiresInSeconds: 3650 * 86_400 };
    const refused = await send(alice, body);
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([400, '/expiresInSeconds']);
  });
});
