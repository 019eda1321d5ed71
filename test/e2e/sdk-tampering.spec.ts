import { beforeAll, describe, expect, it } from '@jest/globals';
import { RecoveredKeysWarning, ReboundLoginIdWarning, type Fetch, type RefusedEntry } from '@sealpost/client';
import {
  decodeBase64Url,
  encodeBase64Url,
  type InboxJson,
  type KeyChainJson,
  type KeyStatementJson,
  type LoginJson,
  type MailboxEntryJson,
  type UserJson,
  type VaultJson,
} from '@sealpost/protocol';
import { chainOfPin, signedStatementJson, type ChainPin } from '../../packages/client/src/contacts/chain-pin.js';
import { newestOf, type KeyChain } from '../../packages/client/src/contacts/chain.js';
import { generateSeeds, makeStatement, signHandle } from '../../packages/client/src/crypto/user-keys.js';
import { startServer, type TestServer } from '../support/index.js';
import {
  lying,
  newDevice,
  newPerson,
  readInbox,
  readMessages,
  readTexts,
  refusedOf,
  restarted,
  type Person,
} from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

async function people(...names: string[]): Promise<Person[]> {
  const made: Person[] = [];
  for (const name of names) made.push(await newPerson(server, name));
  return made;
}

async function pinnedChain(person: Person, userId: string): Promise<KeyChain> {
  return chainOfPin(JSON.parse((await person.storage.get(`chain/${userId}`)) ?? 'null') as ChainPin);
}

/** A mailbox that the server has changed; the pages behind the last message stay empty. */
function mailbox(change: (entries: MailboxEntryJson[]) => readonly unknown[]): Fetch {
  return lying<InboxJson>(/GET \/v1\/messages\?/, (page) =>
    page.entries.length === 0 ? page : { ...page, entries: change([...page.entries]) },
  );
}

const codesOf = (entries: readonly RefusedEntry[]): string[] => entries.map(({ error }) => error.code);

describe('A server that changes the mailbox', () => {
  let alice: Person;
  let bob: Person;
  let cem: Person;
  beforeAll(async () => {
    [alice, bob, cem] = (await people('alice', 'bob', 'cem')) as [Person, Person, Person];
    for (const text of ['one', 'two', 'three']) await alice.client.send(bob.loginId, text);
  });

  /** What Bob sees on a new device. */
  async function bobReads(change: (entries: MailboxEntryJson[]) => readonly unknown[]) {
    return readInbox(await newDevice(server, bob, { fetch: mailbox(change) }));
  }

  it('cannot truncate or flip a byte of a message, and the others are still read', async () => {
    const truncate = (text: string): string => encodeBase64Url(decodeBase64Url(text)!.subarray(0, -40));
    for (const spoil of [truncate, flipLast, () => 'AQE']) {
      const entries = await bobReads(([one, two, three]) => [
        one,
        { ...two, ciphertext: spoil(two!.ciphertext) },
        three,
      ]);
      expect(entries.map(({ kind }) => kind)).toEqual(['message', 'refused', 'message']);
      expect(codesOf(refusedOf(entries))[0]).toMatch(/malformed|cannot-decrypt/);
      expect(refusedOf(entries)[0]?.claimed?.senderId).toBe(alice.client.userId);
      // The third one shows that one before it was not accepted.
      expect(entries[2]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    }
  });

  it('cannot send an entry without form past the reader, nor stop them with it', async () => {
    const entries = await bobReads(([one, two, three]) => [one, { sequence: two?.sequence, id: 7 }, three]);
    expect(entries.map(({ kind }) => kind)).toEqual(['message', 'refused', 'message']);
    expect(codesOf(refusedOf(entries))).toEqual(['client.bad-answer']);
    expect(refusedOf(entries)[0]?.claimed).toBeUndefined();
  });

  it('cannot replay a message', async () => {
    const entries = await bobReads(([one, two, three]) => [one, two, three, { ...one, sequence: 99 }]);
    expect(entries.slice(0, 3).every(({ kind }) => kind === 'message')).toBe(true);
    expect(codesOf(refusedOf(entries))).toEqual([expect.stringMatching(/replay$/)]);
  });

  it('cannot pass a message off as another sender’s, or into another conversation', async () => {
    const conversationId = '0190b5ea-0000-7000-8000-000000000000';
    const entries = await bobReads(([one, two, three]) => [
      { ...one, senderId: cem.client.userId },
      { ...two, conversationId },
      { ...three, senderKeyVersion: 2 },
    ]);
    expect(entries.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
    const codes = codesOf(refusedOf(entries));
    expect(codes[0]).toMatch(/wrong-context|unknown-sender-key/);
    expect(codes[1]).toMatch(/wrong-context/);
    expect(codes[2]).toMatch(/unknown-sender-key/);
  });

  it('cannot hand a message to somebody it is not for', async () => {
    const stolen: MailboxEntryJson[] = [];
    await bobReads((entries) => {
      stolen.push(...entries);
      return entries;
    });
    await alice.client.send(cem.loginId, 'for Cem');
    const [asItIs, readdressed] = stolen;
    const recipients = [{ userId: cem.client.userId, keyVersion: 1 }];
    const fetch = mailbox(([own]) => [
      { ...asItIs, sequence: 1 },
      { ...readdressed, sequence: 2, recipients },
      { ...own, sequence: 3 },
    ]);
    const entries = await readInbox(await newDevice(server, cem, { fetch }));
    expect(codesOf(refusedOf(entries))).toEqual([
      expect.stringMatching(/recipients-lack-own/),
      expect.stringMatching(/recipients-slots/),
    ]);
    expect(entries[2]).toMatchObject({ text: 'for Cem' });
  });

  it('cannot hide that it has left a message out, or turned the order round', async () => {
    const withheld = await bobReads(([one, , three]) => [one, three]);
    expect(withheld[1]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    const first = await bobReads(([, two, three]) => [two, three]);
    expect(first[0]).toMatchObject({ text: 'two', events: [{ type: 'history-missing', firstSeq: 2 }] });
    const turned = await bobReads(([one, two, three]) => [
      one,
      { ...three, sequence: two?.sequence },
      { ...two, sequence: three?.sequence },
    ]);
    expect(turned[1]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    expect(turned[2]).toMatchObject({ text: 'two', events: [] });
  });

  it('cannot go back in the order of the mailbox itself', async () => {
    const reading = bobReads(([one, two, three]) => [one, three, two]);
    await expect(reading).rejects.toMatchObject({ code: 'client.bad-answer' });
    const twice = bobReads(([one, two]) => [one, { ...two, sequence: one?.sequence }]);
    await expect(twice).rejects.toMatchObject({ code: 'client.bad-answer' });
  });

  it('cannot put another message where one was read before', async () => {
    const device = await newPerson(server, 'dora');
    await alice.client.send(device.loginId, 'first');
    await alice.client.send(device.loginId, 'second');
    expect(await readTexts(device.client)).toEqual(['first', 'second']);
    const fetch = mailbox(([one, two]) => [{ ...two, sequence: one?.sequence }]);
    const again = await readInbox(await restarted(server, device, { fetch }), { after: 0 });
    expect(codesOf(refusedOf(again))).toEqual([expect.stringMatching(/replay$/)]);
  });
});

describe('A server that keeps a message from one member of a group', () => {
  it('is given away by what the others have seen', async () => {
    const [alice, bob, cem] = (await people('alice', 'bob', 'cem')) as [Person, Person, Person];
    const sent = await alice.client.send([bob.loginId, cem.loginId], 'Only Bob gets this');
    expect(await readTexts(bob.client)).toEqual(['Only Bob gets this']);
    await bob.client.send([alice.loginId, cem.loginId], 'I agree');
    const fetch = mailbox((entries) => entries.filter(({ id }) => id !== sent.messageId));
    const [answer] = await readMessages(await restarted(server, cem, { fetch }));
    expect(answer).toMatchObject({ text: 'I agree', events: [{ type: 'withheld', seq: 1 }] });
  });
});

describe('A server that changes keys', () => {
  it('cannot give a known user other keys', async () => {
    const [alice, bob, mallory] = (await people('alice', 'bob', 'mallory')) as [Person, Person, Person];
    const swapped = await readUser(mallory);
    const fetch = lying<KeyChainJson>(/GET \/v1\/users\/[^/]+\/keys/, () => ({ statements: [swapped.keys] }));
    const again = await restarted(server, alice, { fetch });
    await expect(again.send(bob.loginId, 'Hello')).rejects.toMatchObject({ code: 'contact.statement-refused' });
  });

  it('cannot let somebody take a loginId over unnoticed', async () => {
    const [alice, bob, mallory] = (await people('alice', 'bob', 'mallory')) as [Person, Person, Person];
    await alice.client.send(bob.loginId, 'Hello');
    const user = await readUser(mallory);
    const unsigned = lying<UserJson>(/GET \/v1\/users\?/, () => ({ ...user, loginId: bob.loginId }));
    await expect((await restarted(server, alice, { fetch: unsigned })).contacts.get(bob.loginId)).rejects.toMatchObject(
      {
        code: 'contact.wrong-handle',
      },
    );
    const handleSignature = await claimLoginId(mallory, bob.loginId);
    const signed = lying<UserJson>(/GET \/v1\/users\?/, () => ({ ...user, loginId: bob.loginId, handleSignature }));
    const again = await restarted(server, alice, { fetch: signed });
    const warning = await again.contacts.get(bob.loginId).catch((error: unknown) => error);
    expect(warning).toMatchObject({
      code: 'contact.login-id-rebound',
      pinnedUserId: bob.client.userId,
      userId: mallory.client.userId,
    });
    // Until that is accepted, messages go to the Bob that Alice knows.
    const recipients = async (): Promise<string[]> =>
      (await again.send(bob.loginId, 'To whom?')).deliveries.map(({ userId }) => userId);
    expect(await recipients()).toContain(bob.client.userId);
    if (!(warning instanceof ReboundLoginIdWarning)) throw new Error('not a warning');
    await again.contacts.accept(warning);
    expect(await recipients()).toContain(mallory.client.userId);
  });

  it('cannot go back to older keys, nor show others for a version that was seen', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await bob.client.keys.rotate();
    await alice.client.send(bob.loginId, 'To version 2');
    const chain = await pinnedChain(alice, bob.client.userId);
    const first = signedStatementJson(chain.statements[0]!);
    const rolledBack = lying<KeyChainJson>(/\/keys\?from=2/, (answer) => ({
      statements: [{ ...answer.statements[0], ...first }],
    }));
    await expect(
      (await restarted(server, alice, { fetch: rolledBack })).contacts.get(bob.client.userId),
    ).rejects.toMatchObject({ code: 'contact.rollback' });
    const forged = forgeRecovery(chain, 1);
    const forked = lying<KeyChainJson>(/\/keys\?from=2/, (answer) => ({
      statements: [{ ...answer.statements[0], ...forged }],
    }));
    await expect(
      (await restarted(server, alice, { fetch: forked })).contacts.get(bob.client.userId),
    ).rejects.toMatchObject({ code: 'contact.fork' });
  });

  it('cannot replace lost keys without a warning that blocks sending and reading', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'Hello');
    const number = await alice.client.contacts.safetyNumber(bob.loginId);
    expect(await alice.client.contacts.verify(bob.loginId, number)).toMatchObject({ verified: true });
    await bob.client.send(alice.loginId, 'Hello back');
    const chain = await pinnedChain(alice, bob.client.userId);
    const forged = forgeRecovery(chain, 1);
    const fetch = lying<KeyChainJson>(new RegExp(`/v1/users/${bob.client.userId}/keys`), (answer) => ({
      statements: [answer.statements[0], { ...answer.statements[0], ...forged }],
    }));
    const again = await restarted(server, alice, { fetch });
    const { warning, verified } = await again.contacts.get(bob.loginId);
    expect(warning).toMatchObject({ code: 'contact.keys-recovered', version: 2 });
    expect(verified).toBe(false);
    await expect(again.send(bob.loginId, 'Secret')).rejects.toMatchObject({ code: 'contact.keys-recovered' });
    const [, refused] = await readInbox(again);
    expect(refused).toMatchObject({ kind: 'refused', error: { code: 'contact.keys-recovered' } });
    expect(await again.contacts.safetyNumber(bob.loginId)).not.toBe(number);
    // After the two have talked, the message that was held back can be read.
    if (!(warning instanceof RecoveredKeysWarning)) throw new Error('not a warning');
    await again.contacts.accept(warning);
    const [held] = await readMessages(again, { after: (refused?.sequence ?? 0) - 1 });
    expect(held).toMatchObject({ text: 'Hello back', sender: { verified: false } });
  });
});

describe('A server that changes what belongs to the user alone', () => {
  it('cannot show an older vault', async () => {
    const [alice] = (await people('alice')) as [Person];
    const old = JSON.parse((await alice.storage.get('session')) ?? '{}') as VaultJson;
    await alice.client.keys.rotate();
    const { vault, vaultVersion, keyVersion } = old;
    const fetch = lying<VaultJson>(/GET \/v1\/vault/, () => ({ vault, vaultVersion, keyVersion }));
    await expect((await restarted(server, alice, { fetch })).keys.list()).rejects.toMatchObject({
      code: 'vault.rollback',
    });
  });

  it('cannot give a new device an older vault, or one of its own', async () => {
    const [alice, mallory] = (await people('alice', 'mallory')) as [Person, Person];
    const old = JSON.parse((await alice.storage.get('session')) ?? '{}') as VaultJson;
    await alice.client.keys.rotate();
    const { vault, vaultVersion, keyVersion } = old;
    const logIn = (change: (answer: LoginJson) => unknown): Promise<unknown> =>
      newDevice(server, alice, { fetch: lying<LoginJson>(/auth\/login|\/v1\/vault/, change) });
    await expect(logIn((answer) => ({ ...answer, vault, vaultVersion, keyVersion }))).rejects.toMatchObject({
      code: 'vault.rollback',
    });
    await expect(logIn((answer) => ({ ...answer, vault: flipLast(answer.vault) }))).rejects.toMatchObject({
      code: 'vault.refused',
    });
    await expect(
      logIn((answer) => ({ ...answer, passwordUnlock: flipLast(answer.passwordUnlock) })),
    ).rejects.toMatchObject({ code: 'vault.unlock-refused' });
    await expect(logIn((answer) => ({ ...answer, userId: mallory.client.userId }))).rejects.toMatchObject({
      code: 'vault.unlock-refused',
    });
  });
});

async function readUser(person: Person): Promise<UserJson> {
  let seen: UserJson | undefined;
  const fetch = lying<UserJson>(/GET \/v1\/users\?/, (answer) => (seen = answer));
  await (await restarted(server, person, { fetch })).contacts.get(person.loginId);
  if (seen === undefined) throw new Error('no look-up was made');
  return seen;
}

/** What a server can do whose friend Mallory is. */
async function claimLoginId(mallory: Person, loginId: string): Promise<string> {
  const { openOwnVault } = await import('../../packages/client/src/keys/vault-box.js');
  const session = JSON.parse((await mallory.storage.get('session')) ?? '{}') as VaultJson & { vaultKey: string };
  const chain = await pinnedChain(mallory, mallory.client.userId);
  const { content } = openOwnVault(decodeBase64Url(session.vaultKey)!, session, chain, 1);
  const handle = { serviceId: server.serviceId, loginId, userId: mallory.client.userId, version: 1 };
  return encodeBase64Url(signHandle(handle, content.keys[0]!.signSeed));
}

/** A next version made by somebody who does not hold the user's keys. */
function forgeRecovery(chain: KeyChain, after: number): Pick<KeyStatementJson, 'statement' | 'signature'> {
  const previous = chain.statements[after - 1] ?? newestOf(chain);
  const { serviceId, userId } = chain;
  const forged = makeStatement({ serviceId, userId, seeds: generateSeeds(), previous, now: Date.now() });
  return signedStatementJson(forged);
}

function flipLast(text: string): string {
  const bytes = decodeBase64Url(text)!;
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return encodeBase64Url(bytes);
}
