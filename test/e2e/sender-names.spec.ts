import { beforeAll, describe, expect, it } from '@jest/globals';
import type { SendersJson } from '@sealpost/protocol';
import { call, sharedServer } from '../support/index.js';
import { flipLast, lying, newPeople, newPerson, readMessages, restarted, type Person } from '../support/sdk.js';

const server = await sharedServer();
const SENDERS = /POST \/v1\/keys\/senders/;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
});

/** What the server tells somebody about the first places of their mailbox. */
async function sendersOf(person: Person): Promise<SendersJson['senders']> {
  const token = await person.client.sessions.accessToken();
  const sequences = Array.from({ length: 100 }, (_, index) => index + 1);
  const answer = await call<SendersJson>(server, 'POST', '/v1/keys/senders', { token, body: { sequences } });
  expect(answer.status).toBe(200);
  return answer.body.senders;
}

describe('A reader', () => {
  it('a reader sees the loginId of whoever wrote first, and knows them by it from then on', async () => {
    await bob.client.send({ userId: alice.client.userId }, 'Hello from somebody new');
    const [message] = await readMessages(alice.client, { after: 0 });
    expect(message?.sender).toMatchObject({ userId: bob.client.userId, loginId: bob.loginId, verified: false });
    expect(await sendersOf(alice)).toMatchObject([{ userId: bob.client.userId, loginId: bob.loginId }]);
    // The pin answers, also where the server has gone over to lies.
    const later = await restarted(server, alice, { fetch: lying(SENDERS, () => ({ senders: [] })) });
    expect((await readMessages(later, { after: 0 }))[0]?.sender.loginId).toBe(bob.loginId);
  });

  it('a reader does not learn whose userId it is by writing to it', async () => {
    await carol.client.send({ userId: alice.client.userId }, 'Who are you?');
    // Her mailbox has a copy of what she wrote, by herself.
    expect((await sendersOf(carol)).map(({ loginId }) => loginId)).toEqual([carol.loginId]);
    expect((await sendersOf(alice)).map(({ loginId }) => loginId).sort()).toEqual([bob.loginId, carol.loginId].sort());
  });

  it('a reader is not told of senders that have erased their accounts, and still reads what they wrote', async () => {
    const [reader, gone] = (await newPeople(server, ['reader', 'gone'])) as [Person, Person];
    await gone.client.send({ userId: reader.client.userId }, 'Good bye');
    await gone.client.account.erase({ password: gone.password });
    expect(await sendersOf(reader)).toEqual([]);
    const [message] = await readMessages(reader.client);
    expect([message?.text, message?.sender.loginId]).toEqual(['Good bye', undefined]);
  });

  it.each<[string, (told: SendersJson['senders'][number]) => object]>([
    ['a loginId that the sender has not signed', (told) => ({ ...told, loginId: 'somebody.else' })],
    ['a signature that does not hold', (told) => ({ ...told, handleSignature: flipLast(told.handleSignature) })],
    ['another user', (told) => ({ ...told, userId: carol.client.userId })],
    ['a loginId that is none', (told) => ({ ...told, loginId: told.userId })],
  ])('a reader takes no name from a server that shows %s, and still reads the message', async (_, change) => {
    const reader = await newPerson(server, 'reader', {
      fetch: lying(SENDERS, ({ senders }: SendersJson) => ({ senders: senders.map(change) })),
    });
    await bob.client.send({ userId: reader.client.userId }, 'Hello');
    const [message] = await readMessages(reader.client);
    expect([message?.text, message?.sender.loginId]).toEqual(['Hello', undefined]);
  });

  it('a reader gets no name that is pinned as another user’s', async () => {
    const reader = await newPerson(server, 'reader');
    const named = await newPerson(server, 'named');
    await reader.client.contacts.get(named.loginId);
    await named.client.account.changeLoginId({ password: named.password, newLoginId: `${named.loginId}-new` });
    const thief = await newPerson(server, 'thief');
    await thief.client.account.changeLoginId({ password: thief.password, newLoginId: named.loginId });
    await thief.client.send({ userId: reader.client.userId }, 'I am who you know');
    const [message] = await readMessages(reader.client);
    expect([message?.text, message?.sender.loginId]).toEqual(['I am who you know', undefined]);
  });
});

describe('The route', () => {
  it('the route of sender names takes places of a mailbox, and nothing else', async () => {
    const token = await alice.client.sessions.accessToken();
    for (const sequences of [[], [0], [1, 1], ['1'], Array.from({ length: 101 }, (_, index) => index + 1)]) {
      const answer = await call(server, 'POST', '/v1/keys/senders', { token, body: { sequences } });
      expect([answer.status, answer.body]).toMatchObject([400, { code: 'request.invalid' }]);
    }
  });
});
