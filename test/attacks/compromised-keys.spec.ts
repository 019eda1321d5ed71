import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Fetch, InboxOptions, Sealpost } from '@sealpost/client';
import type { KeyChainJson, MailboxEntryJson } from '@sealpost/protocol';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { startServer, waitFor, type TestServer } from '../support/index.js';
import {
  lying,
  lyingMailbox,
  newDevice,
  newPeople,
  outcomeOf,
  pinnedChain,
  readInbox,
  readMessages,
  readTexts,
  recording,
  restarted,
  writtenDown,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';

let server: TestServer;
let proxy: CuttingProxy;
beforeAll(async () => {
  server = await startServer();
  proxy = await CuttingProxy.start(server.url);
});
afterAll(() => proxy.stop());

const SUITES = ['sealpost-v1', 'box', 'sealed-box'] as const;
const COMPROMISED = 'message.compromised-key';
/** Until the reader has decided on the new root. */
const NEW_ROOT = 'contact.keys-compromised';
const CHAIN = /GET \/v1\/users\/.*keys\?/;

interface Theft {
  readonly alice: Person;
  readonly bob: Person;
  /** With Alice's session and keys. */
  readonly mallory: Sealpost;
}

/** Alice's device is copied; Bob has read something of hers, and so has pinned the keys that were copied. */
async function theft(): Promise<Theft> {
  const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
  const mallory = await newDevice(server, alice);
  await alice.client.send(bob.loginId, 'By Alice');
  expect(await readTexts(bob.client)).toEqual(['By Alice']);
  return { alice, bob, mallory };
}

const rekey = ({ alice: { client, password } }: Theft): Promise<unknown> =>
  client.account.rekey({ show: writtenDown, password, compromised: true });

const outcomes = async (client: Sealpost, options?: InboxOptions): Promise<unknown[]> =>
  (await readInbox(client, options)).map(outcomeOf);

/** A contact's client that has not heard of it. */
const pinnedVersions = async ({ alice, bob }: Theft): Promise<number[]> =>
  (await pinnedChain(bob, alice.client.userId)).statements.map(({ version }) => version);

describe('A thief of keys', () => {
  it.each(SUITES)(
    'a thief who used keys before they were declared compromised is not read afterwards by a contact who had pinned them (%s)',
    async (suite) => {
      const story = await theft();
      await story.mallory.send(story.bob.loginId, 'Send me money', { suite });
      await rekey(story);
      expect(await pinnedVersions(story)).toEqual([1]);
      expect(await outcomes(story.bob.client)).toEqual([COMPROMISED]);
      expect(await pinnedVersions(story)).toEqual([1, 2]);
    },
  );

  it('a thief who used keys before they were declared compromised is not read after a rotation either, nor on the next start, nor when everything is read again', async () => {
    const { alice, bob, mallory } = await theft();
    await mallory.send(bob.loginId, 'Send me money');
    await alice.client.keys.rotate({ earlierKeysCompromised: true });
    // A program that ends at the entry has not taken it.
    for await (const entry of bob.client.inbox()) {
      expect(outcomeOf(entry)).toBe(COMPROMISED);
      break;
    }
    await bob.client.close();
    const again = await restarted(server, bob);
    expect(await outcomes(again)).toEqual([COMPROMISED]);
    expect(await outcomes(again, { after: 0 })).toEqual(['By Alice', COMPROMISED]);
  });

  it('a thief who used keys before they were declared compromised is not read by whoever waits with long polls', async () => {
    const story = await theft();
    await story.mallory.send(story.bob.loginId, 'Send me money');
    await rekey(story);
    const stop = new AbortController();
    const read: unknown[] = [];
    const options = { wait: true, transport: 'long-poll', signal: stop.signal } as const;
    for await (const entry of story.bob.client.inbox(options)) {
      if (read.push(outcomeOf(entry)) === 2) stop.abort();
      else await story.alice.client.send(story.bob.loginId, 'By Alice again');
    }
    expect(read).toEqual([COMPROMISED, NEW_ROOT]);
  });

  it('a thief who used keys before they were declared compromised is not read by whoever was away for a moment from a stream, which then brings the message', async () => {
    const story = await theft();
    let offline = false;
    const seen: SeenExchange[] = [];
    const fetch: Fetch = (input, init) =>
      offline ? Promise.reject(new TypeError('fetch failed')) : recording(seen)(input, init);
    const bob = await restarted({ url: proxy.url, serviceId: server.serviceId }, story.bob, { fetch });
    const stop = new AbortController();
    const read: unknown[] = [];
    const states: string[] = [];
    bob.addEventListener('connection', ({ detail }) =>
      states.push(detail.state === 'connected' ? `connected by ${detail.transport}` : detail.state),
    );
    const listening = (async () => {
      for await (const entry of bob.inbox({ wait: true, transport: 'stream', signal: stop.signal })) {
        read.push(outcomeOf(entry));
      }
    })();
    await waitFor(() => states.at(-1) === 'connected by stream');
    offline = true;
    proxy.cutAll();
    await waitFor(() => states.at(-1) === 'interrupted');
    await story.mallory.send(story.bob.loginId, 'Send me money');
    await rekey(story);
    seen.length = 0;
    offline = false;
    await waitFor(() => read.length === 1);
    stop.abort();
    await listening;
    expect(read).toEqual([COMPROMISED]);
    expect(seen.some(({ path }) => path.startsWith('/v1/messages?'))).toBe(false);
  });

  it('a thief who used keys before they were declared compromised is not read by whoever had the page already, and was busy with what comes before the message', async () => {
    const story = await theft();
    for (const text of ['One', 'Two']) await story.alice.client.send(story.bob.loginId, text);
    await story.mallory.send(story.bob.loginId, 'Send me money');
    const now = performance.now.bind(performance);
    const read: unknown[] = [];
    for await (const entry of story.bob.client.inbox()) {
      read.push(outcomeOf(entry));
      if (read.length !== 2) continue;
      await rekey(story);
      jest.spyOn(performance, 'now').mockImplementation(() => now() + 31_000);
    }
    jest.restoreAllMocks();
    expect(read).toEqual(['One', 'Two', COMPROMISED]);
  });

  it('a thief who used keys before they were declared compromised is not read where the look at newer keys fails: it is repeated', async () => {
    const story = await theft();
    await story.mallory.send(story.bob.loginId, 'Send me money');
    await rekey(story);
    const cut: Fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      return pathname.endsWith('/keys') ? Promise.reject(new TypeError('fetch failed')) : fetch(input, init);
    };
    await expect(readInbox(await restarted(server, story.bob, { fetch: cut }))).rejects.toMatchObject({
      code: 'client.network',
    });
    expect(await outcomes(await restarted(server, story.bob))).toEqual([COMPROMISED]);
  });

  it('a thief who used keys before they were declared compromised is not read where another client of the reader’s has learned more than the page said', async () => {
    const story = await theft();
    await story.mallory.send(story.bob.loginId, 'Send me money');
    await story.alice.client.keys.rotate();
    await rekey(story);
    await story.bob.client.contacts.get(story.alice.loginId);
    const older = lyingMailbox((entries) => entries.map((entry) => ({ ...entry, senderNewestKeyVersion: 2 })));
    expect(await outcomes(await restarted(server, story.bob, { fetch: older }))).toEqual([COMPROMISED]);
  });
});

describe('Replaced keys', () => {
  it('keys that were replaced without being compromised open what was sent under them, with a word about it at the first reading', async () => {
    const { alice, bob } = await theft();
    await alice.client.send(bob.loginId, 'Sent before');
    await alice.client.keys.rotate();
    const [message] = await readMessages(bob.client);
    expect(message).toMatchObject({
      text: 'Sent before',
      events: [{ type: 'superseded-key', keyVersion: 1, newestVersion: 2 }],
    });
  });

  it('keys that were replaced without being compromised are looked up once for each sender of a page, and not at all where nobody has newer ones', async () => {
    const { alice, bob } = await theft();
    const carol = (await newPeople(server, ['carol']))[0]!;
    await carol.client.send(bob.loginId, 'By Carol');
    await readTexts(bob.client);
    const seen: SeenExchange[] = [];
    const reader = await restarted(server, bob, { fetch: recording(seen) });
    const lookUps = (): string[] => seen.splice(0).flatMap(({ path }) => /users\/([^/]+)\/keys/.exec(path)?.[1] ?? []);
    for (const { client } of [alice, carol, alice, carol, alice]) await client.send(bob.loginId, 'Sent before');
    const first = reader.inbox();
    await first.next();
    expect(lookUps()).toEqual([]);
    await first.return();
    for (const { client } of [alice, carol]) await client.keys.rotate();
    expect(await readTexts(reader)).toHaveLength(5);
    expect(lookUps().sort()).toEqual([alice.client.userId, carol.client.userId].sort());
    expect(await readTexts(reader, { after: 0 })).toHaveLength(7);
    expect(lookUps()).toEqual([]);
  });
});

describe('A server that lies about newer keys', () => {
  const claiming = (version: number): Fetch =>
    lyingMailbox((entries: MailboxEntryJson[]) =>
      entries.map((entry, index) => (index === 0 ? { ...entry, senderNewestKeyVersion: version } : entry)),
    );

  it('a server that lies about newer keys spoils only the entry that it lies about', async () => {
    const { alice, bob } = await theft();
    await alice.client.send(bob.loginId, 'One');
    await alice.client.send(bob.loginId, 'Two');
    const lied = await restarted(server, bob, { fetch: claiming(7) });
    expect(await outcomes(lied)).toEqual(['contact.incomplete', 'Two']);
    expect(await outcomes(await restarted(server, bob), { after: 1 })).toEqual(['One', 'Two']);
  });

  it('a server that lies about newer keys cannot pass statements off as a contact’s with it', async () => {
    const story = await theft();
    await story.alice.client.send(story.bob.loginId, 'One');
    const forged = lying(CHAIN, ({ items: [first] }: KeyChainJson) => ({
      items: [first, { ...first, statement: first?.signature }],
    }));
    const fetch: Fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      return (pathname.endsWith('/keys') ? forged : claiming(2))(input, init);
    };
    expect(await outcomes(await restarted(server, story.bob, { fetch }))).toEqual(['contact.statement-refused']);
    expect(await pinnedVersions(story)).toEqual([1]);
    expect(await outcomes(await restarted(server, story.bob), { after: 1 })).toEqual(['One']);
  });

  it('a server that lies about newer keys gains nothing by silence that withholding the statement would not give it', async () => {
    const story = await theft();
    await story.mallory.send(story.bob.loginId, 'Send me money');
    await rekey(story);
    const silent = lyingMailbox((entries) => entries.map((entry) => ({ ...entry, senderNewestKeyVersion: undefined })));
    expect(await outcomes(await restarted(server, story.bob, { fetch: silent }))).toEqual(['Send me money']);
    // Whatever makes the client look, the next message or a look-up, ends it.
    await story.alice.client.send(story.bob.loginId, 'By Alice again');
    await story.mallory.close();
    expect(await outcomes(await restarted(server, story.bob, { fetch: silent }))).toEqual([NEW_ROOT]);
    expect(await pinnedVersions(story)).toEqual([1, 2]);
  });
});
