import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Sealpost, UnconfirmedSend, type Fetch } from '@sealpost/client';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  losing,
  newDevice,
  newPerson,
  outcomeOf,
  readInbox,
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

const SEND = /^POST \/v1\/messages$/;
/** More answers than the client asks for. */
const ALL = 1000;

async function unconfirmed(sending: Promise<unknown>): Promise<UnconfirmedSend> {
  const error = await sending.catch((caught: unknown) => caught);
  if (!(error instanceof UnconfirmedSend)) throw new Error('The send was not left unconfirmed', { cause: error });
  return error;
}

/** A network that is not there at all. */
const noNetwork: Fetch = async () => {
  throw new TypeError('fetch failed');
};

/** Like `noNetwork`, but only for these routes. */
function cut(route: RegExp): Fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (route.test(`${init?.method ?? 'GET'} ${url.pathname}`)) throw new TypeError('fetch failed');
    return fetch(input, init);
  };
}

describe('A message whose answer gets lost', () => {
  let alice: Person;
  let bob: Person;
  beforeAll(async () => {
    alice = await newPerson(server, 'alice');
    bob = await newPerson(server, 'bob');
  });

  it('a message whose answer gets lost is sent again as the same message, and arrives once', async () => {
    const again = await restarted(server, alice, { fetch: losing(SEND, 3) });
    const { deliveries } = await again.send(bob.loginId, 'Once');
    expect(deliveries).toHaveLength(2);
    expect(await readTexts(bob.client)).toEqual(['Once']);
  });

  it('a message whose answer gets lost stays in the outbox when the network is gone for good, and goes first when it is back', async () => {
    const lossy = await restarted(server, alice, { fetch: losing(SEND, ALL) });
    const { messageId } = await unconfirmed(lossy.send(bob.loginId, 'Taken, but nobody knows'));
    expect((await lossy.outbox.list()).map((entry) => entry.messageId)).toEqual([messageId]);
    const offline = await restarted(server, alice, { fetch: cut(SEND) });
    const second = await unconfirmed(offline.send(bob.loginId, 'Not taken'));
    expect(second.cause.code).toBe('client.network');
    expect(await offline.outbox.list()).toHaveLength(2);
    const online = await restarted(server, alice);
    await online.send(bob.loginId, 'The network is back');
    expect(await online.outbox.list()).toEqual([]);
    const messages = await readMessages(bob.client);
    expect(messages.map(({ text }) => text)).toEqual(['Taken, but nobody knows', 'Not taken', 'The network is back']);
    // Nobody sees a gap, a fork or a replay.
    expect(messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it('a message whose answer gets lost survives the end of the program in between', async () => {
    const dora = await newPerson(server, 'dora');
    const offline = await restarted(server, dora, { fetch: cut(SEND) });
    await unconfirmed(offline.send(bob.client.userId, 'From before the crash'));
    const online = await restarted(server, dora);
    await online.outbox.flush();
    expect(await readTexts(bob.client)).toEqual(['From before the crash']);
  });

  it('a message whose answer gets lost is encrypted anew when keys have changed while it waited', async () => {
    const [erin, frank] = [await newPerson(server, 'erin'), await newPerson(server, 'frank')];
    await erin.client.contacts.get(frank.loginId);
    const offline = await restarted(server, erin, { fetch: cut(SEND) });
    await unconfirmed(offline.send(frank.loginId, 'Waited'));
    await frank.client.keys.rotate();
    await (await restarted(server, erin)).outbox.flush();
    expect(await readMessages(frank.client)).toMatchObject([{ text: 'Waited', events: [] }]);
  });

  it('a message whose answer gets lost can be given up; the conversation goes on without a gap for anybody', async () => {
    const [erin, frank] = [await newPerson(server, 'erin'), await newPerson(server, 'frank')];
    await erin.client.send(frank.loginId, 'Before');
    const offline = await restarted(server, erin, { fetch: cut(SEND) });
    const { messageId } = await unconfirmed(offline.send(frank.loginId, 'Given up'));
    const online = await restarted(server, erin);
    await online.outbox.discard(messageId);
    await online.send(frank.loginId, 'After');
    const messages = await readMessages(frank.client);
    expect(messages.map(({ text }) => text)).toEqual(['Before', 'After']);
    expect(messages.flatMap(({ events }) => events)).toEqual([]);
  });
});

describe('A message that the server refuses', () => {
  it('a message that the server refuses is reported to the sender, and the conversation goes on without a gap', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.send(bob.loginId, 'First');
    const tooLong = alice.client.send(bob.loginId, 'For ever', { expiresInMs: Number.MAX_SAFE_INTEGER });
    await expect(tooLong).rejects.toMatchObject({ code: expect.stringMatching(/^(request|messages)\./) });
    expect(await alice.client.outbox.list()).toEqual([]);
    await alice.client.send(bob.loginId, 'Second');
    const messages = await readMessages(bob.client);
    expect(messages.map(({ text }) => text)).toEqual(['First', 'Second']);
    expect(messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it('a message that the server refuses is not sent at all where it cannot be right', async () => {
    const alice = await newPerson(server, 'alice');
    const seen: SeenExchange[] = [];
    const { send } = bound(await restarted(server, alice, { fetch: recording(seen) }));
    for (const sending of [
      send([], 'x'),
      send(alice.loginId, 'x', { suite: 'box', copyToSelf: true, conversationId: 'not a uuid' }),
      send(alice.loginId, { contentType: 'application/vnd.sealpost.receipt', body: 'x' }),
      send(alice.loginId, { contentType: 'text/ünïcode', body: 'x' }),
      send(alice.loginId, 'x', { expiresInMs: 0.5 }),
      send([alice.loginId, '0190b5ea-0000-7000-8000-000000000000'], 'x', { suite: 'sealed-box' }),
    ]) {
      await expect(sending).rejects.toMatchObject({ code: 'client.invalid-argument' });
    }
    expect(seen.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('A registration', () => {
  const credentials = () => ({
    service: { url: server.url, serviceId: server.serviceId },
    loginId: `lost-${randomBytes(5).toString('hex')}`,
    password: 'a password of quite nobody',
    retry: { firstDelayMs: 5 },
  });

  it('a registration whose answer gets lost ends with the user signed in', async () => {
    const given = credentials();
    const { client, recoveryWords } = await Sealpost.register({ ...given, fetch: losing(/register$/, 1) });
    expect(recoveryWords.split(' ')).toHaveLength(24);
    expect((await Sealpost.open(given)).userId).toBe(client.userId);
    await client.send(given.loginId, 'It works');
    expect(await readTexts(client)).toEqual(['It works']);
  });

  it('a registration of a name that is taken is refused, also where an answer got lost before', async () => {
    const given = credentials();
    await Sealpost.register(given);
    for (const fetch of [globalThis.fetch, losing(/register$/, 1)]) {
      const other = { ...given, password: 'another password', fetch };
      await expect(Sealpost.register(other)).rejects.toMatchObject({ code: 'auth.login-id-taken' });
      await expect(Sealpost.register({ ...given, fetch })).rejects.toMatchObject({ code: 'auth.login-id-taken' });
    }
  });
});

describe('A rotation whose answer gets lost', () => {
  it('a rotation whose answer gets lost is repeated and counts once', async () => {
    const alice = await newPerson(server, 'alice');
    const again = await restarted(server, alice, { fetch: losing(/POST \/v1\/keys$/, 2) });
    expect((await again.keys.rotate()).version).toBe(2);
    expect(await again.keys.list()).toHaveLength(2);
  });

  it('a rotation whose answer gets lost is finished by the next start of the program', async () => {
    const alice = await newPerson(server, 'alice');
    const lossy = await restarted(server, alice, { fetch: losing(/POST \/v1\/keys$/, ALL) });
    await expect(lossy.keys.rotate()).rejects.toMatchObject({ code: 'client.network' });
    const again = await restarted(server, alice);
    expect((await again.keys.rotate()).version).toBe(2);
    expect(await again.keys.list()).toHaveLength(2);
    await again.send(alice.loginId, 'To version 2');
    expect(await readTexts(again)).toEqual(['To version 2']);
  });

  it('a rotation whose answer gets lost is not taken for the next one when it shows in the chain', async () => {
    const alice = await newPerson(server, 'alice');
    const lossy = await restarted(server, alice, { fetch: losing(/POST \/v1\/keys$/, ALL) });
    await expect(lossy.keys.rotate()).rejects.toMatchObject({ code: 'client.network' });
    const again = await restarted(server, alice);
    expect(await again.keys.list()).toHaveLength(2);
    expect((await again.keys.rotate()).version).toBe(3);
  });

  it('a rotation whose answer gets lost gives way to another device that has rotated in the meantime', async () => {
    const alice = await newPerson(server, 'alice');
    const offline = await restarted(server, alice, { fetch: cut(/POST \/v1\/keys$/) });
    await expect(offline.keys.rotate()).rejects.toMatchObject({ code: 'client.network' });
    const phone = await newDevice(server, alice);
    await phone.keys.rotate();
    expect((await (await restarted(server, alice)).keys.rotate()).version).toBe(3);
    expect((await phone.keys.list()).map(({ version }) => version)).toEqual([1, 2, 3]);
  });
});

describe('The inbox', () => {
  it('the inbox begins again at the entry that was not taken, and goes on behind those that were', async () => {
    const alice = await newPerson(server, 'alice');
    for (const text of ['one', 'two', 'three']) await alice.client.send(alice.loginId, text);
    for await (const entry of alice.client.inbox()) {
      expect(entry).toMatchObject({ kind: 'message', text: 'one' });
      break;
    }
    const crash = async (): Promise<void> => {
      for await (const entry of alice.client.inbox()) {
        if (entry.kind === 'message' && entry.text === 'two') throw new Error('the program failed');
      }
    };
    await expect(crash()).rejects.toThrow('the program failed');
    for await (const entry of (await restarted(server, alice)).inbox()) {
      expect(entry).toMatchObject({ kind: 'message', text: 'two', events: [] });
      await entry.done();
      break;
    }
    expect(await readTexts(await restarted(server, alice))).toEqual(['three']);
    expect(await readTexts(await restarted(server, alice))).toEqual([]);
  });

  it('the inbox stops at a failing network and goes on from there', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.send(alice.loginId, 'Still there');
    const offline = await restarted(server, alice, { fetch: noNetwork });
    await expect(readInbox(offline)).rejects.toMatchObject({ code: 'client.network' });
    expect(await readTexts(await restarted(server, alice))).toEqual(['Still there']);
  });

  it('the inbox waits for messages and ends when it is told to', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const controller = new AbortController();
    const texts: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const entry of bob.client.inbox({ wait: true, signal: controller.signal })) {
        texts.push(outcomeOf(entry));
        if (texts.length === 2) controller.abort();
      }
    })();
    await alice.client.send(bob.loginId, 'one');
    await alice.client.send(bob.loginId, 'two');
    await reading;
    expect(texts).toEqual(['one', 'two']);
    const began = performance.now();
    expect(await readTexts(await newDevice(server, alice), { waitMs: 1000, after: 2 })).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('the inbox reads one conversation, and lets messages be deleted and acknowledged', async () => {
    const alice = await newPerson(server, 'alice');
    const conversationId = '0190b5ea-1111-7111-8111-111111111111';
    await alice.client.send(alice.loginId, 'Here');
    await alice.client.send(alice.loginId, 'There', { conversationId });
    expect(await readTexts(alice.client, { conversationId })).toEqual(['There']);
    const [here, there] = await readInbox(alice.client);
    expect([here, there].map((entry) => entry && outcomeOf(entry))).toEqual(['Here', 'There']);
    await there?.done({ acknowledge: true });
    await here?.done({ delete: true });
    expect(await readTexts(alice.client, { after: 0 })).toEqual(['There']);
    // Also long afterwards, by what is kept of a message; the place where the inbox goes on stays.
    await alice.client.send(alice.loginId, 'Later');
    for await (const kept of alice.client.inbox({ after: there!.sequence - 1 })) {
      expect(kept).toMatchObject({ text: 'There' });
      await kept.done({ delete: true });
      break;
    }
    expect(await readTexts(alice.client)).toEqual(['Later']);
  });

  it('the inbox hands a large mailbox over page by page', async () => {
    const alice = await newPerson(server, 'alice');
    const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`);
    for (const text of texts) await alice.client.send(alice.loginId, text, { suite: 'sealed-box' });
    expect(await readTexts(alice.client)).toEqual(texts);
  });
});

function bound(client: Sealpost): { send: Sealpost['send'] } {
  return { send: (to, content, options) => client.send(to, content, options) };
}
