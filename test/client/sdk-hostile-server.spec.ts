import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost, type ClientStorage, type Fetch } from '@sealpost/client';
import {
  encodeBase64Url,
  type InboxJson,
  type KeyChainJson,
  type MailboxEntryJson,
  type VaultJson,
} from '@sealpost/protocol';
import { signedStatementJson } from '../../packages/client/src/trust/chain-pin.js';
import { newestOf, type KeyChain } from '../../packages/client/src/trust/chain.js';
import { generateSeeds, makeStatement } from '../../packages/client/src/crypto/user-keys.js';
import { sealBox } from '../../packages/client/src/envelope/seal.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import { serviceProblem } from '../support/service-answers.js';
import {
  newPeople,
  lyingMailbox,
  pinnedChain,
  lying,
  losing,
  newPerson,
  readInbox,
  readTexts,
  refusedOf,
  restarted,
  type Person,
  outcomeOf,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const people = (...names: string[]): Promise<Person[]> => newPeople(server, names);

/** Another sealed box of the same id, as anybody can make it who knows the recipient's public keys. */
async function forgeSealedBox(reader: Person, entry: MailboxEntryJson): Promise<MailboxEntryJson> {
  const recipient = newestOf(await pinnedChain(reader, reader.client.userId));
  const sender = newestOf(await pinnedChain(reader, entry.senderId));
  const { ciphertext } = sealBox({
    suite: 'sealed-box',
    messageId: entry.id,
    conversationId: entry.conversationId,
    sender: { ...sender, seeds: generateSeeds() },
    recipients: [recipient],
    contentType: 'text/plain',
    content: new TextEncoder().encode('Forged'),
  });
  return { ...entry, ciphertext: encodeBase64Url(ciphertext) };
}

describe('Old messages brought back', () => {
  it('a server that brings old messages back is found out also where the streams have long forgotten them', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    for (const suite of ['sealpost-v1', 'box', 'sealed-box'] as const) {
      await alice.client.send(bob.loginId, `In ${suite}`, { suite });
    }
    expect(await readTexts(bob.client)).toHaveLength(3);
    await forgetStreams(bob.storage);
    const fetch = lyingMailbox((entries) => entries.map((entry) => ({ ...entry, sequence: entry.sequence + 100 })));
    const again = await readInbox(await restarted(server, bob, { fetch }), { after: 0 });
    expect(again.map(outcomeOf)).toEqual(Array.from({ length: 3 }, () => 'message.replay'));
  });

  it('a server that brings old messages back cannot put a forged sealed box in the place of one that was read', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'Genuine', { suite: 'sealed-box' });
    expect(await readTexts(bob.client)).toEqual(['Genuine']);
    let entries: readonly MailboxEntryJson[] = [];
    const seen = lyingMailbox((all) => (entries = all));
    expect(await readTexts(await restarted(server, bob, { fetch: seen }), { after: 0 })).toEqual(['Genuine']);
    const forged = await forgeSealedBox(bob, entries[0]!);
    const fetch = lyingMailbox(() => [forged]);
    const [entry] = await readInbox(await restarted(server, bob, { fetch }), { after: 0 });
    expect(entry).toMatchObject({ kind: 'refused', error: { code: 'message.replay' } });
  });
});

describe('The user’s own chain begun anew', () => {
  it('a server that begins the user’s own chain anew is refused entry by entry, and has spoilt nothing', async () => {
    const [alice] = (await people('alice')) as [Person];
    for (const text of ['one', 'two']) await alice.client.send(alice.loginId, text);
    const forged = signedStatementJson(forgeNext(await pinnedChain(alice, alice.client.userId)));
    const chain = lying(/GET \/v1\/users\/.*keys/, (page: KeyChainJson) => ({
      items: [...page.items, { ...page.items[0], ...forged }],
    }));
    const fetch: Fetch = async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname.endsWith('/keys')) return chain(input, init);
      return lyingMailbox(([one, two]) => [{ ...one, senderKeyVersion: 2 }, two])(input, init);
    };
    const entries = await readInbox(await restarted(server, alice, { fetch }), { after: 0 });
    expect(refusedOf(entries).map(({ error }) => error.code)).toEqual(['message.vault-rollback']);
    expect(entries[1]).toMatchObject({ kind: 'message', text: 'two' });
    const again = await restarted(server, alice);
    expect((await again.keys.rotate()).version).toBe(2);
    expect(await readTexts(again, { after: 0 })).toEqual(['one', 'two']);
  });
});

describe('A server that was set back', () => {
  it('a server that was set back to an older state does not make a client wait for messages that it skips', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'one');
    await alice.client.send(bob.loginId, 'two');
    expect(await readTexts(bob.client)).toEqual(['one', 'two']);
    const older = lying(/GET \/v1\/messages\?/, (page: InboxJson) => ({ ...page, items: [], lastSequence: 1 }));
    const client = await restarted(server, bob, { fetch: older });
    await expect(readTexts(client)).rejects.toMatchObject({ code: 'client.mailbox-rewound' });
    expect(await readTexts(client, { after: 0 })).toEqual([]);
  });
});

describe('A server that keeps a client busy', () => {
  it('a server that keeps a client busy is not asked again at once where it does not let a request wait', async () => {
    const [alice] = (await people('alice')) as [Person];
    let asked = 0;
    const fetch = lying(/GET \/v1\/messages\?/, (page: InboxJson) => {
      asked++;
      return page;
    });
    const hurrying: Fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      url.searchParams.delete('wait');
      return fetch(url, init);
    };
    const client = await restarted(server, alice, { fetch: hurrying });
    expect(await readTexts(client, { waitMs: 2000 })).toEqual([]);
    expect(asked).toBeLessThanOrEqual(4);
  });

  it('a server that keeps a client busy cannot list somebody’s keys without end', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    const pages = (statements: (page: KeyChainJson) => readonly unknown[]): Fetch =>
      lying(/GET \/v1\/users\/.*keys\?/, (page: KeyChainJson, { path }) => ({
        items: statements(page),
        next: Number(new URL(path, server.url).searchParams.get('after')) + 1,
      }));
    let first: unknown;
    const many = (page: KeyChainJson): readonly unknown[] => {
      first ??= page.items[0];
      return Array.from({ length: 100 }, () => first);
    };
    for (const [statements, code] of [
      [() => [], 'client.bad-answer'],
      [many, 'contact.too-long'],
    ] as const) {
      const lied = await restarted(server, alice, { fetch: pages(statements) });
      await expect(lied.contacts.get({ userId: bob.client.userId })).rejects.toMatchObject({ code });
    }
  });

  it('a server that names a vault version that cannot be is refused with a typed error', async () => {
    const [alice] = (await people('alice')) as [Person];
    const fetch = lying(/GET \/v1\/vault/, (vault: VaultJson) => ({ ...vault, vaultVersion: 2 ** 40 }));
    const client = await restarted(server, alice, { fetch });
    await expect(client.keys.list()).rejects.toMatchObject({ code: 'client.bad-answer' });
  });
});

describe('A gateway in front of the server', () => {
  it('a gateway in front of the server loses nobody a message by an error page of its own', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'Hello');
    for (const status of [404, 200]) {
      const fetch: Fetch = async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (pathname.endsWith('/keys')) return new Response('<h1>Log in to the network</h1>', { status });
        return globalThis.fetch(input, init);
      };
      const reading = readInbox(await restarted(server, bob, { fetch }));
      await expect(reading).rejects.toMatchObject({ code: 'client.foreign-answer' });
    }
    expect(await readTexts(await restarted(server, bob))).toEqual(['Hello']);
  });
});

describe('A rotation after a compromise', () => {
  it('a rotation that declares the earlier keys compromised is not swallowed by one that was begun before without saying so', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    const lossy = await restarted(server, alice, { fetch: losing(/POST \/v1\/keys$/, Number.POSITIVE_INFINITY) });
    await expect(lossy.keys.rotate()).rejects.toMatchObject({ code: 'client.network' });
    const again = await restarted(server, alice);
    expect((await again.keys.rotate({ earlierKeysCompromised: true })).version).toBe(3);
    await bob.client.contacts.get(alice.loginId);
    const { statements } = await pinnedChain(bob, alice.client.userId);
    expect(statements.map(({ earlierKeysCompromised }) => earlierKeysCompromised)).toEqual([false, false, true]);
  });
});

describe('A registration by invitation', () => {
  it('a registration by invitation whose answer gets lost has used the invitation up, and ends with the user signed in', async () => {
    const lossy = losing(/POST \/v1\/auth\/register/, 1);
    let tries = 0;
    const fetch: Fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (!pathname.endsWith('/register') || ++tries === 1) return lossy(input, init);
      return Promise.resolve(serviceProblem(server.serviceId, 403, 'auth.invitation-refused'));
    };
    const alice = await newPerson(server, 'alice', { fetch });
    await alice.client.send(alice.loginId, 'Here');
    expect(await readTexts(alice.client)).toEqual(['Here']);
    const refusing: Fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (!pathname.endsWith('/register')) return globalThis.fetch(input, init);
      if (++tries % 2 === 1) return Promise.reject(new TypeError('fetch failed'));
      return Promise.resolve(serviceProblem(server.serviceId, 403, 'auth.invitation-refused'));
    };
    await expect(newPerson(server, 'bob', { fetch: refusing })).rejects.toMatchObject({
      code: 'auth.invitation-refused',
    });
  });
});

describe('Wrong arguments', () => {
  it('what a program gets wrong is refused before anything is asked of the server', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    const { loginId, password, storage } = alice;
    const service = { url: server.url, serviceId: 'other.example' };
    await expect(Sealpost.open({ service, storage, loginId, password })).rejects.toMatchObject({
      code: 'storage.other-account',
    });
    const invalid = { code: 'client.invalid-argument' };
    const offline = await restarted(server, alice, { fetch: () => Promise.reject(new TypeError('no network')) });
    await expect(offline.send({ userId: '../messages' }, 'Hello')).rejects.toMatchObject(invalid);
    await expect(offline.sessions.revoke('..')).rejects.toMatchObject(invalid);
    for (const size of [255 * 1024, 257 * 1024]) {
      const sending = alice.client.send(bob.loginId, new Uint8Array(size));
      await expect(sending).rejects.toMatchObject(invalid);
    }
    expect(await alice.client.outbox.list()).toEqual([]);
    await alice.client.send(bob.loginId, 'Goes on');
    expect(await readTexts(bob.client)).toEqual(['Goes on']);
  });
});

/** What happens to the oldest messages of somebody who writes a lot. */
async function forgetStreams(storage: ClientStorage): Promise<void> {
  const changes = new Map<string, string | null>();
  for (const prefix of ['stream/', 'accepted/', 'awaited/']) {
    for (const key of await storage.keys(prefix)) changes.set(key, null);
  }
  await storage.commit(changes);
}

/** The next version of a chain, made by somebody who does not hold its keys. */
function forgeNext(chain: KeyChain): ReturnType<typeof makeStatement> {
  const { serviceId, userId } = chain;
  const previous = newestOf(chain);
  return makeStatement({ serviceId, userId, seeds: generateSeeds(), previous, now: Date.now() });
}
