import { rename, rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { RestoredAccountWarning, RewoundKeysWarning, Sealpost, SharedStateWarning } from '@sealpost/client';

import { copyTree, emptyDataFolder } from '../support/data-folder.js';
import { startServer, type TestServer } from '../support/index.js';
import { acceptKeys, newDevice, newPeople, newPerson, readTexts, writtenDown, type Person } from '../support/sdk.js';

let server: TestServer;
/** Each has rotated, or made a new vault key, since the backup; each friend has seen that. */
let rotated: Pair;
let branched: Pair;
let loggedOut: Pair;
let rekeyed: Pair;

interface Pair {
  readonly owner: Person;
  readonly friend: Person;
}

/** Two who know each other; the friend has compared the safety number. */
async function pairWith(friend: Person): Promise<Pair> {
  const owner = await newPerson(server, 'owner');
  const number = await friend.client.contacts.safetyNumber(owner.loginId);
  await friend.client.contacts.verify(owner.loginId, number);
  return { owner, friend };
}

async function seen({ owner, friend }: Pair): Promise<number> {
  return (await friend.client.contacts.get(owner.client.userId)).keyVersion;
}

/** What a look at the contact says, thrown or told. */
async function warningOf({ owner, friend }: Pair): Promise<unknown> {
  return friend.client.contacts.get(owner.client.userId).then(
    ({ warning }) => warning,
    (error: unknown) => error,
  );
}

async function rewoundOf(people: Pair): Promise<RewoundKeysWarning> {
  const warning = await warningOf(people);
  if (warning instanceof RewoundKeysWarning) return warning;
  throw new Error('There is no such warning', { cause: warning });
}

async function restoredOf(client: Sealpost): Promise<RestoredAccountWarning> {
  const warning = await client.keys.list().catch((error: unknown) => error);
  if (warning instanceof RestoredAccountWarning) return warning;
  throw new Error('There is no such warning', { cause: warning });
}

/** The shared state went back as well: the user has what this device knows put in its place. */
async function share(client: Sealpost): Promise<void> {
  try {
    await client.sharedState.sync();
  } catch (error) {
    if (!(error instanceof SharedStateWarning)) throw error;
    await client.sharedState.repair(error);
  }
}

function logIn({ loginId, password, storage }: Person, acceptRestored: boolean): Promise<Sealpost> {
  const service = { url: server.url, serviceId: server.serviceId };
  return Sealpost.open({ service, storage: storage.reopen(), loginId, password, acceptRestored });
}

beforeAll(async () => {
  server = await startServer({ database: 'embedded' });
  const friend = await newPerson(server, 'friend');
  const pairs: Pair[] = [];
  for (let count = 0; count < 4; count++) pairs.push(await pairWith(friend));
  [rotated, branched, loggedOut, rekeyed] = pairs as [Pair, Pair, Pair, Pair];
  const backup = await emptyDataFolder();
  await server.stop();
  await copyTree(server.dataDir, backup);
  await server.restart();
  for (const { owner } of [rotated, branched, loggedOut]) await owner.client.keys.rotate();
  await rekeyed.owner.client.account.rekey({ show: writtenDown, password: rekeyed.owner.password, compromised: true });
  await acceptKeys(rekeyed.friend.client, rekeyed.owner.client.userId);
  for (const people of [rotated, branched, loggedOut, rekeyed]) expect(await seen(people)).toBe(2);
  // What they know now is shared with the server that is lost, and not a moment later with the restored one.
  for (const { owner } of [rotated, branched, loggedOut, rekeyed]) await owner.client.sharedState.sync();
  await friend.client.sharedState.sync();
  await server.stop();
  await rm(server.dataDir, { recursive: true });
  await rename(backup, server.dataDir);
  await server.restart();
}, 300_000);

describe('A restore from a backup', () => {
  it('after a restore from a backup, an owner who has newer keys is told, and gives them back: no contact has to decide on anything', async () => {
    const { owner, friend } = rotated;
    const warning = await restoredOf(owner.client);
    expect(warning).toMatchObject({ code: 'account.restored', seenVersion: 2, version: 1 });
    await expect(friend.client.send(owner.client.userId, 'Too early')).rejects.toMatchObject({
      code: 'contact.rollback',
      userId: owner.client.userId,
      version: 1,
      seenVersion: 2,
    });
    expect(await owner.client.keys.acceptRestored(warning)).toBe('republished');
    expect(await warningOf(rotated)).toBeUndefined();
    expect(await friend.client.contacts.get(owner.client.userId)).toMatchObject({ keyVersion: 2, verifiedVersion: 1 });
    await friend.client.send(owner.client.userId, 'Under the keys of before');
    expect(await readTexts(owner.client)).toContain('Under the keys of before');
    expect(await readTexts(await newDevice(server, owner))).toContain('Under the keys of before');
    expect((await owner.client.keys.rotate()).version).toBe(3);
    await expect(owner.client.keys.acceptRestored(warning)).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });

  it('after a restore from a backup, an owner who has gone on without them gives them up, and each contact decides', async () => {
    const { owner, friend } = branched;
    const fresh = await newDevice(server, owner);
    expect((await fresh.keys.rotate()).version).toBe(2);
    await fresh.send(friend.client.userId, 'Is it you?');
    const rewound = await rewoundOf(branched);
    expect(rewound).toMatchObject({ code: 'contact.fork', version: 2, seenVersion: 2, from: 2 });
    await expect(friend.client.send(owner.client.userId, 'To whom?')).rejects.toMatchObject({ code: 'contact.fork' });
    expect(await friend.client.contacts.accept(rewound)).toMatchObject({ keyVersion: 2, verified: false });
    expect(await readTexts(friend.client)).toContain('Is it you?');
    await friend.client.send(owner.client.userId, 'It is me');
    // The decision counts on the friend's other devices as well.
    await share(friend.client);
    expect(await (await newDevice(server, friend)).contacts.get(owner.client.userId)).toMatchObject({ keyVersion: 2 });
    const warning = await restoredOf(owner.client);
    expect(await owner.client.keys.acceptRestored(warning)).toBe('given-up');
    expect(await readTexts(owner.client)).toEqual(expect.arrayContaining(['It is me']));
    expect((await owner.client.keys.rotate()).version).toBe(3);
    await share(owner.client);
  });

  it('after a restore from a backup, a log-in says so, keeps nothing, and gives back what the storage still has once the user consents', async () => {
    const { owner } = loggedOut;
    await owner.client.close();
    await expect(logIn(owner, false)).rejects.toMatchObject({ code: 'account.restored', seenVersion: 2, version: 1 });
    const again = await logIn(owner, true);
    expect((await again.keys.list()).map(({ version }) => version)).toEqual([1, 2]);
    expect(await warningOf(loggedOut)).toBeUndefined();
  });

  it('after a restore from a backup, keys under a vault key that was replaced are given up, since whoever had the old one could have them', async () => {
    const { owner, friend } = rekeyed;
    await owner.client.close();
    const again = await logIn(owner, true);
    expect((await again.keys.list()).map(({ version }) => version)).toEqual([1]);
    await again.account.rekey({ show: writtenDown, password: owner.password, compromised: true });
    const rewound = await rewoundOf(rekeyed);
    expect(rewound).toMatchObject({ code: 'contact.fork', version: 2, from: 2 });
    await friend.client.contacts.accept(rewound);
    expect(await again.contacts.safetyNumber(friend.client.userId)).toBe(
      await friend.client.contacts.safetyNumber(owner.client.userId),
    );
    await again.send(friend.client.userId, 'With another vault key');
    expect(await readTexts(friend.client)).toContain('With another vault key');
  });
});

describe('A server that was not restored', () => {
  it('a server that was not restored has nothing to accept', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.contacts.get(bob.loginId);
    const warning = new RewoundKeysWarning('contact.rollback', bob.client.userId, {
      version: 1,
      hash: (await bob.client.keys.current()).keysHash,
      seenVersion: 2,
      from: 2,
    });
    await expect(alice.client.contacts.accept(warning)).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });
});
