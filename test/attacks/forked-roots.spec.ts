import { beforeAll, describe, expect, it } from '@jest/globals';
import { CompromisedKeysWarning, type Sealpost } from '@sealpost/client';
import { requireBase64Url, type KeyChainJson } from '@sealpost/protocol';
import { pinOfChain, signedStatementJson } from '../../packages/client/src/trust/chain-pin.js';
import { verifyChain } from '../../packages/client/src/trust/chain.js';
import { makeStatement, generateSeeds } from '../../packages/client/src/crypto/user-keys.js';
import { openOwnVault } from '../../packages/client/src/keys/vault-box.js';
import type { SessionRecord } from '../../packages/client/src/state/records.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  lying,
  newDevice,
  newPeople,
  outcomeOf,
  pinnedChain,
  readInbox,
  readMessages,
  readTexts,
  restarted,
  writtenDown,
  type Person,
} from '../support/sdk.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

/** Two who have compared their safety number. */
async function compared(): Promise<{ alice: Person; bob: Person; number: string }> {
  const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
  const number = await bob.client.contacts.safetyNumber(alice.loginId);
  await bob.client.contacts.verify(alice.loginId, number);
  return { alice, bob, number };
}

async function warningOf(client: Sealpost, user: string): Promise<CompromisedKeysWarning> {
  const { warning } = await client.contacts.get(user);
  if (warning instanceof CompromisedKeysWarning) return warning;
  throw new Error('There is no such warning');
}

const ways = {
  'a rotation': ({ client }: Person) => client.keys.rotate({ earlierKeysCompromised: true }),
  'a new vault key': ({ client, password }: Person) =>
    client.account.rekey({ show: writtenDown, password, compromised: true }),
};

describe.each(Object.entries(ways))('Keys that are declared compromised by %s', (_way, declare) => {
  it('keys that are declared compromised are a new root: contacts are warned and blocked until they decide, and have another number', async () => {
    const { alice, bob, number } = await compared();
    await declare(alice);
    await alice.client.send(bob.loginId, 'By the new keys');
    expect(await bob.client.contacts.get(alice.loginId)).toMatchObject({ keyVersion: 2 });
    const warning = await warningOf(bob.client, alice.loginId);
    expect(warning).toMatchObject({ code: 'contact.keys-compromised', userId: alice.client.userId, version: 2 });
    expect(await bob.client.contacts.get(alice.loginId)).toMatchObject({ verified: false });
    await expect(bob.client.send(alice.loginId, 'To whom?')).rejects.toMatchObject({ code: warning.code });
    const [held] = await readInbox(bob.client);
    expect(outcomeOf(held!)).toBe(warning.code);
    const own = await alice.client.contacts.safetyNumber(bob.loginId);
    expect(own).not.toBe(number);
    expect(await bob.client.contacts.safetyNumber(alice.loginId)).toBe(own);
    expect(await bob.client.contacts.accept(warning)).toMatchObject({ verified: false });
    expect(await readTexts(bob.client, { after: held!.sequence - 1 })).toEqual(['By the new keys']);
    await bob.client.send(alice.loginId, 'To you');
    expect(await readTexts(alice.client)).toContain('To you');
  });

  it('keys that are declared compromised do not keep the owner’s other devices out, nor whoever looks the owner up', async () => {
    const { alice } = await compared();
    await declare(alice);
    const carol = (await newPeople(server, ['carol']))[0]!;
    await carol.client.send(alice.loginId, 'Found by name');
    const phone = await newDevice(server, alice);
    expect(await readTexts(phone)).toEqual(['Found by name']);
    expect((await phone.keys.current()).version).toBe(2);
  });
});

describe('A thief of the old keys', () => {
  it('a thief of the old keys with a server that lies makes a branch of the chain whose number is not the owner’s', async () => {
    const { alice, bob, number } = await compared();
    const session = JSON.parse((await alice.storage.get('session')) ?? '') as SessionRecord;
    const chain = await pinnedChain(bob, alice.client.userId);
    await alice.client.keys.rotate({ earlierKeysCompromised: true });
    const { signSeed } = openOwnVault(requireBase64Url(session.vaultKey, 'vaultKey'), session, chain, 0).content
      .keys[0]!;
    const branch = makeStatement({
      serviceId: server.serviceId,
      userId: alice.client.userId,
      seeds: generateSeeds(),
      previous: chain.statements[0]!,
      previousSignSeed: signSeed,
      now: Date.now(),
    });
    const fetch = lying(new RegExp(`/v1/users/${alice.client.userId}/keys`), (answer: KeyChainJson) => ({
      items: [answer.items[0], { ...answer.items[0], ...signedStatementJson(branch) }],
    }));
    const fooled = await restarted(server, bob, { fetch });
    // The mark says up to which version it was made.
    expect(await fooled.contacts.get(alice.client.userId)).toMatchObject({
      keyVersion: 2,
      verified: true,
      verifiedVersion: 1,
    });
    // The old number is the branch's now, and Alice has another one to compare it with.
    expect(await fooled.contacts.safetyNumber(alice.client.userId)).toBe(number);
    expect(await alice.client.contacts.safetyNumber(bob.loginId)).not.toBe(number);
  });
});

describe('Different keys of one member', () => {
  it('members of a conversation who were shown different keys of one of them find it out by the first signed list of recipients, and each time it is read', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    const { userId } = carol.client;
    const owner = { serviceId: server.serviceId, userId };
    const shown = verifyChain(owner, [makeStatement({ ...owner, seeds: generateSeeds(), now: Date.now() })]);
    await bob.storage.commit(new Map([[`chain/${userId}`, JSON.stringify(pinOfChain(shown))]]));
    await alice.client.send([bob.loginId, carol.loginId], 'To both');
    await alice.client.send(bob.loginId, 'To one');
    const reader = await restarted(server, bob);
    const differ = { type: 'keys-differ', userId, keyVersion: 1, namedBy: alice.client.userId };
    const [both, one] = await readMessages(reader);
    expect(both?.events).toContainEqual(differ);
    expect(one?.events).toEqual([]);
    const [again] = await readMessages(reader, { after: 0 });
    expect(again?.events).toContainEqual(differ);
    expect((await readMessages(carol.client))[0]?.events).toEqual([]);
  });
});
