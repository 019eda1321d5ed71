import { beforeAll, describe, expect, it } from '@jest/globals';
import { UnconfirmedSend, type Fetch, type Sealpost, type SendOutcome } from '@sealpost/client';
import { uuidV7, type SendBatchJson, type SendBatchRequestJson } from '@sealpost/protocol';
import { randomBytes } from 'node:crypto';
import { sharedServer, type RunningServer } from '../support/index.js';
import { problemOf, serviceAnswer, serviceProblem } from '../support/service-answers.js';
import {
  newPeople,
  readMessages,
  readTexts,
  recording,
  restarted,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const BATCH = '/v1/messages/batch';

const batchesOf = (seen: readonly SeenExchange[]): SendBatchRequestJson[] =>
  seen.filter(({ path }) => path === BATCH).map(({ body }) => JSON.parse(body) as SendBatchRequestJson);

const idsOf = ({ messages }: SendBatchRequestJson): string[] => messages.map(({ id }) => id);

/** A new conversation for each, so that all of them fit into one batch. */
const toEach = (person: Person, texts: readonly string[]) =>
  texts.map((content) => ({ to: person.loginId, content, conversationId: uuidV7(Date.now(), randomBytes(10)) }));

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

function statuses(outcomes: readonly SendOutcome[]): string[] {
  return outcomes.map((outcome) => (outcome.status === 'sent' ? 'sent' : `${outcome.status}: ${outcome.error.code}`));
}

/** Meets the batches on their way to the server; `meet` answers in its place, or lets them through. */
function meeting(meet: (batch: SendBatchRequestJson, count: number) => Response | null | 'lose'): Fetch {
  let count = 0;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname !== BATCH || typeof init?.body !== 'string') return fetch(input, init);
    const answer = meet(JSON.parse(init.body) as SendBatchRequestJson, ++count);
    if (answer instanceof Response) return answer;
    const response = await fetch(input, init);
    if (answer === 'lose') throw new TypeError('fetch failed: the connection was cut');
    return response;
  };
}

const refusal = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  serviceProblem(server.serviceId, status, code, headers);

describe('Many messages', () => {
  let alice: Person;
  let bob: Person;
  let carol: Person;
  const people = async (): Promise<void> => {
    [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
  };
  beforeAll(people);

  const sending = async (fetch: Fetch): Promise<Sealpost> => restarted(server, alice, { fetch });

  it('many messages go in one request, and each has its outcome', async () => {
    const seen: SeenExchange[] = [];
    const client = await sending(recording(seen));
    const outcomes = await client.sendMany([
      { to: bob.loginId, content: 'For Bob' },
      { to: [bob.loginId, carol.loginId], content: 'For both' },
      { to: bob.loginId, content: 'In a box', suite: 'box', conversationId: uuidV7(Date.now(), randomBytes(10)) },
    ]);
    expect(statuses(outcomes)).toEqual(['sent', 'sent', 'sent']);
    expect(batchesOf(seen)).toHaveLength(1);
    expect(outcomes.map((outcome) => (outcome.status === 'sent' ? outcome.messageId : ''))).toEqual(
      idsOf(batchesOf(seen)[0]!),
    );
    expect(await readTexts(bob.client)).toEqual(['For Bob', 'For both', 'In a box']);
    expect(await readTexts(carol.client)).toEqual(['For both']);
    expect(await client.outbox.list()).toEqual([]);
  });

  it('many messages of one conversation arrive in the order of the list, and nobody sees a gap or a fork', async () => {
    const seen: SeenExchange[] = [];
    const client = await sending(recording(seen));
    const mixed = texts(4).flatMap((content) => [
      { to: bob.loginId, content },
      { to: carol.loginId, content },
    ]);
    expect(new Set(statuses(await client.sendMany(mixed)))).toEqual(new Set(['sent']));
    expect(batchesOf(seen).map(({ messages }) => messages.length)).toEqual([2, 2, 2, 2]);
    for (const person of [bob, carol]) {
      const messages = await readMessages(person.client);
      expect(messages.map(({ text }) => text)).toEqual(texts(4));
      expect(messages.flatMap(({ events }) => events)).toEqual([]);
    }
  });

  it('many messages go in as many requests as their number and their size ask for', async () => {
    const seen: SeenExchange[] = [];
    const client = await sending(recording(seen));
    const many = toEach(bob, texts(130));
    expect(statuses(await client.sendMany(many)).filter((status) => status !== 'sent')).toEqual([]);
    expect(batchesOf(seen).map(({ messages }) => messages.length)).toEqual([100, 30]);
    expect(await readTexts(bob.client)).toEqual(texts(130));
    seen.length = 0;
    const large = toEach(bob, ['a', 'b', 'c', 'd', 'e']).map((one) => ({
      ...one,
      content: one.content.repeat(150_000),
    }));
    expect(statuses(await client.sendMany(large)).filter((status) => status !== 'sent')).toEqual([]);
    expect(batchesOf(seen).map(({ messages }) => messages.length)).toEqual([2, 2, 1]);
    expect((await readTexts(bob.client)).map((text) => text?.[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('many messages do not fail with one that cannot be sent', async () => {
    const outcomes = await alice.client.sendMany([
      { to: bob.loginId, content: 'Good' },
      { to: 'nobody-at-all', content: 'To nobody' },
      { to: carol.loginId, content: { contentType: 'application/vnd.sealpost.x', body: '' } },
      { to: carol.loginId, content: new Uint8Array(256 * 1024) },
      { to: carol.loginId, content: 'For ever', expiresInMs: Number.MAX_SAFE_INTEGER },
      ...toEach(bob, ['Good too']),
    ]);
    expect(statuses(outcomes)).toEqual([
      'sent',
      'not-sent: keys.user-not-found',
      'not-sent: client.invalid-argument',
      'not-sent: client.invalid-argument',
      expect.stringMatching(/^not-sent: (request|messages)\./),
      'sent',
    ]);
    expect(await alice.client.outbox.list()).toEqual([]);
    expect(await readTexts(bob.client)).toEqual(['Good', 'Good too']);
  });

  it('many messages are encrypted anew only for those whose keys have changed, under the same ids', async () => {
    await people();
    for (const { loginId } of [bob, carol]) await alice.client.contacts.get(loginId);
    await bob.client.keys.rotate();
    const seen: SeenExchange[] = [];
    const client = await sending(recording(seen));
    const outcomes = await client.sendMany([
      ...toEach(carol, ['For Carol']),
      ...toEach(bob, ['For Bob', 'For Bob too']),
    ]);
    expect(statuses(outcomes)).toEqual(['sent', 'sent', 'sent']);
    const [first, second] = batchesOf(seen).map(idsOf);
    expect(second).toEqual(first?.slice(1));
    expect(await readMessages(bob.client)).toMatchObject([{ text: 'For Bob', events: [] }, { text: 'For Bob too' }]);
    expect(await readTexts(carol.client)).toEqual(['For Carol']);
  });

  it('many messages are halved where the whole is refused, until only what is wrong is refused', async () => {
    const sizes: number[] = [];
    const client = await sending(
      meeting(({ messages }) => {
        sizes.push(messages.length);
        return messages.length > 2 ? refusal(413, 'request.too-large') : null;
      }),
    );
    expect(statuses(await client.sendMany(toEach(bob, texts(5))))).toEqual(Array(5).fill('sent'));
    expect(sizes).toEqual([5, 3, 2, 1, 2]);
    expect(await readTexts(bob.client)).toEqual(texts(5));
  });

  it('many messages are sent again under their ids where the server had no room for some of them', async () => {
    const tried: string[][] = [];
    const busy = meeting((batch, count) => {
      tried.push(idsOf(batch));
      if (count === 1) return refusal(503, 'server.overloaded', { 'retry-after': '0' });
      if (count > 2) return null;
      const results = batch.messages.map(() => ({ status: 503, problem: problemOf(503, 'server.overloaded') }));
      return serviceAnswer(server.serviceId, 200, { results });
    });
    const client = await sending(busy);
    expect(statuses(await client.sendMany(toEach(bob, texts(3))))).toEqual(['sent', 'sent', 'sent']);
    expect(tried).toHaveLength(3);
    expect(new Set(tried.map((ids) => ids.join()))).toHaveProperty('size', 1);
    expect(await readTexts(bob.client)).toEqual(texts(3));
  });

  it('many messages are told apart from an answer that is about others', async () => {
    const client = await sending(
      meeting(() => serviceAnswer(server.serviceId, 200, { results: [] } satisfies SendBatchJson)),
    );
    const [outcome] = await client.sendMany(toEach(bob, ['Perhaps']));
    expect(outcome).toMatchObject({ status: 'unconfirmed', error: { cause: { code: 'client.bad-answer' } } });
    await (await restarted(server, alice)).outbox.flush();
    expect(await readTexts(bob.client)).toEqual(['Perhaps']);
  });

  it('many messages wait in the outbox where nobody knows what became of them, and arrive once', async () => {
    await people();
    const client = await sending(meeting(() => 'lose'));
    const outcomes = await client.sendMany(toEach(bob, texts(103)));
    const unconfirmed = outcomes.flatMap((outcome) => (outcome.status === 'unconfirmed' ? [outcome] : []));
    expect(unconfirmed).toHaveLength(100);
    expect(unconfirmed[0]?.error).toBeInstanceOf(UnconfirmedSend);
    expect(outcomes.slice(100)).toMatchObject(Array(3).fill({ status: 'not-sent', error: { code: 'client.network' } }));
    const waiting = (await client.outbox.list()).map(({ messageId }) => messageId);
    expect(waiting.toSorted()).toEqual(unconfirmed.map(({ messageId }) => messageId).sort());
    const again = await restarted(server, alice);
    await again.outbox.flush();
    expect(await again.outbox.list()).toEqual([]);
    expect((await readTexts(bob.client)).sort()).toEqual(texts(100).sort());
  });
});
