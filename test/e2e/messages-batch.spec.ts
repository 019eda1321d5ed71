import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, ProblemJson, SendBatchJson, SendRequestJson } from '@sealpost/protocol';
import {
  call,
  expectOk,
  registerUser,
  sharedServer,
  type RunningServer,
  type TestUser,
  unreadableMessage,
} from '../support/index.js';
import { freshUuid } from '../support/identity.js';
import { sendMessage } from '../support/messages-api.js';

describe('A batch of messages', () => {
  let server: RunningServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    server = await sharedServer();
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  const messageToBob = (): SendRequestJson => unreadableMessage(alice.identity, [bob.identity]);
  const sendBatch = (messages: readonly unknown[]) =>
    call<SendBatchJson>(server, 'POST', '/v1/messages/batch', { token: alice.token, body: { messages } });
  const inboxOfBob = (after = 0) =>
    expectOk<InboxJson>(server, 'GET', `/v1/messages?limit=100&after=${after}`, { token: bob.token });
  const problemOf = (result: SendBatchJson['results'][number] | undefined): ProblemJson | undefined =>
    result !== undefined && 'problem' in result ? result.problem : undefined;

  it('a batch of messages is stored in its order, with the result that each message would have had alone', async () => {
    const messages = Array.from({ length: 100 }, messageToBob);
    const { status, body } = await sendBatch(messages);
    expect(status).toBe(200);
    expect(body.results.map((result) => result.status)).toEqual(messages.map(() => 201));
    const { items: entries } = await inboxOfBob();
    expect(entries.map((entry) => entry.id)).toEqual(messages.map((message) => message.id));
    const [first] = messages;
    const alone = await sendMessage(server, alice, first);
    expect([alone.status, alone.body]).toEqual([200, 'message' in body.results[0]! ? body.results[0].message : null]);
  });

  it('a batch of messages lets each message fail on its own, and says where', async () => {
    const [good, stale, again, unknown, last] = [
      messageToBob(),
      messageToBob(),
      messageToBob(),
      messageToBob(),
      messageToBob(),
    ];
    await sendMessage(server, alice, again);
    const { lastSequence } = await inboxOfBob();
    const other = { ...again, conversationId: freshUuid(), suite: 'sealed-box', ciphertext: 'A'.repeat(107) };
    const { body } = await sendBatch([
      good,
      { ...stale, senderKeyVersion: 7 },
      again,
      { ...unknown, recipients: [{ userId: freshUuid(), keyVersion: 1 }] },
      { ...other, recipients: again.recipients },
      last,
      last,
    ]);
    expect(body.results.map((result) => result.status)).toEqual([201, 409, 200, 422, 422, 201, 200]);
    expect(problemOf(body.results[1])).toMatchObject({
      code: 'messages.stale-key-version',
      errors: [{ pointer: '/messages/1/senderKeyVersion' }],
      statements: [{ userId: alice.identity.userId, version: 1 }],
    });
    expect(problemOf(body.results[3])).toMatchObject({
      code: 'messages.recipient-unknown',
      errors: [{ pointer: '/messages/3/recipients/0/userId' }],
    });
    const { items: entries } = await inboxOfBob(lastSequence);
    expect(entries.map(({ id }) => id)).toEqual([good.id, last.id]);
  });

  it('a batch of messages is refused as a whole where it is not a list of messages, and changes nothing', async () => {
    const before = await inboxOfBob();
    for (const [messages, pointer] of [
      [[], '/messages'],
      [Array.from({ length: 101 }, messageToBob), '/messages'],
      [[messageToBob(), { ...messageToBob(), ciphertext: '=' }], '/messages/1/ciphertext'],
      [[messageToBob(), null], '/messages/1'],
    ] as const) {
      const { status, body } = await call<ProblemJson>(server, 'POST', '/v1/messages/batch', {
        token: alice.token,
        body: { messages },
      });
      expect([status, body.errors?.[0]?.pointer]).toEqual([400, pointer]);
    }
    expect((await inboxOfBob()).lastSequence).toBe(before.lastSequence);
  });
});
