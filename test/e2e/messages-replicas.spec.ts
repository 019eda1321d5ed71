import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson } from '@sealpost/protocol';
import {
  expectOk,
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
} from '../support/index.js';
import { sendMessage } from '../support/messages-api.js';
import { startReplica } from '../support/replica.js';

describe('Messages on two replicas', () => {
  let first: TestServer;
  let second: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    first = await startServer();
    second = await startReplica(first);
    [alice, bob] = await Promise.all([registerUser(first), registerUser(second)]);
  });

  const inbox = (server: TestServer, query: string) =>
    expectOk<InboxJson>(server, 'GET', `/v1/messages?${query}`, { token: bob.token });

  it('messages on two replicas reach a reader who waits on the other one, long before the wait is over', async () => {
    const waiting = inbox(second, 'wait=30');
    const body = unreadableMessage(alice.identity, [bob.identity]);
    const begun = performance.now();
    expect((await sendMessage(first, alice, body)).status).toBe(201);
    expect((await waiting).items.map((entry) => entry.id)).toEqual([body.id]);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('messages on two replicas are accepted once when the same request reaches both at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const body = unreadableMessage(alice.identity, [bob.identity]);
      const answers = await Promise.all(
        [first, second, first, second].map((server) => sendMessage(server, alice, body)),
      );
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 201]);
      expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    }
  });

  it('messages on two replicas are numbered without gaps and in the order in which readers see them', async () => {
    const { lastSequence: start } = await inbox(first, 'after=0&limit=100');
    const sends = Array.from({ length: 60 }, (_, index) =>
      sendMessage(index % 2 === 0 ? first : second, alice, unreadableMessage(alice.identity, [bob.identity])),
    );
    const seen: number[] = [];
    while (seen.length < sends.length) {
      const page = await inbox(second, `after=${seen.at(-1) ?? start}&limit=7&wait=20`);
      seen.push(...page.items.map((entry) => entry.sequence));
    }
    await Promise.all(sends);
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => start + index + 1));
  });
});
