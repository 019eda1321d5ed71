import { describe, expect, it } from '@jest/globals';
import { ConflictingKeysWarning, type ContactWarning, MemoryStorage, Sealpost } from '@sealpost/client';
import { encodeBase64Url, type KeyStatementJson, type StateJson, type UserJson } from '@sealpost/protocol';
import { signedStatementJson } from '../../packages/client/src/trust/chain-pin.js';
import { generateSeeds, makeStatement } from '../../packages/client/src/crypto/user-keys.js';
import { sharedServer } from '../support/index.js';
import {
  losing,
  lying,
  newDevice,
  newPeople,
  newPerson,
  outcomeOf,
  readInbox,
  readTexts,
  restarted,
  writtenDown,
  type Person,
} from '../support/sdk.js';

const server = await sharedServer();
const service = { url: server.url, serviceId: server.serviceId };

/** What the server has stored of a person, to be shown again later. */
async function storedState(person: Person): Promise<StateJson> {
  const token = await person.client.sessions.accessToken();
  const answer = await fetch(`${server.url}/v1/state`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as StateJson;
}

/** Statement 1 of a user as the server can make it: with keys of its own. */
function keysInTheNameOf({ client }: Person): KeyStatementJson {
  const { serviceId } = server;
  const made = makeStatement({ serviceId, userId: client.userId, seeds: generateSeeds(), now: Date.now() });
  const encoded = (['keysHash', 'signingPublicKey', 'boxPublicKey', 'kemPublicKey', 'previousKeysHash'] as const).map(
    (name) => [name, encodeBase64Url(made[name])] as const,
  );
  const { userId, version, createdAt, recovery, earlierKeysCompromised } = made;
  const members = { userId, version, createdAt, recovery, earlierKeysCompromised, ...Object.fromEntries(encoded) };
  return { ...members, ...signedStatementJson(made) } as KeyStatementJson;
}

async function verify(alice: Person, bob: Person): Promise<void> {
  await alice.client.contacts.verify(bob.loginId, await alice.client.contacts.safetyNumber(bob.loginId));
}

/** The hash of keys that nobody has. */
const OTHER_HASH = 'A'.repeat(43);

describe('the shared state of devices', () => {
  it('what a user’s devices know together lets a new device know pins and verified marks of the old one before it trusts anybody', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.send(bob.loginId, 'hello');
    await verify(alice, bob);
    expect(await alice.client.sharedState.sync()).toMatchObject({ stateVersion: 1, conflicts: [], forkedStreams: [] });
    const laptop = await newDevice(server, alice);
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ userId: bob.client.userId, verified: true });
    await laptop.send(bob.loginId, 'from the laptop');
    expect(await readTexts(bob.client)).toEqual(['hello', 'from the laptop']);
    await laptop.close();
  });

  it('what a user’s devices know together is shared anew under a new vault key, and is in the export of the account', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.send(bob.loginId, 'hello');
    await verify(alice, bob);
    await alice.client.sharedState.sync();
    const old = await storedState(alice);
    expect(await alice.client.account.rekey({ show: writtenDown, password: alice.password })).toMatchObject({
      signedIn: true,
    });
    expect(alice.client.sharedState.problem).toBeNull();
    const anew = await storedState(alice);
    expect(anew).toMatchObject({ stateVersion: 1 });
    expect(anew.state).not.toBe(old.state);
    const laptop = await newDevice(server, alice);
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    const exported: unknown[] = [];
    for await (const { kind, data } of laptop.account.export()) if (kind === 'state') exported.push(data);
    expect(exported).toEqual([anew]);
    await laptop.close();
  });

  it('what a user’s devices know together refuses keys that the server shows to the new device only', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    const forged = keysInTheNameOf(bob);
    const fetch = lying(/GET \/v1\/users/, (answer: UserJson, { path }) =>
      path.includes(bob.client.userId) ? { items: [forged] } : answer,
    );
    const laptop = await newDevice(server, alice, { fetch });
    await expect(laptop.send(bob.loginId, 'to whom?')).rejects.toMatchObject({ code: 'contact.fork' });
    await laptop.close();
  });

  it('what a user’s devices know together finds out that the server had shown a device other keys, before the two knew of each other', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    const forged = keysInTheNameOf(bob);
    const fetch = lying(/GET \/v1\/users/, (answer: UserJson, { path }) =>
      path.includes(bob.client.userId) ? { items: [forged] } : answer,
    );
    const laptop = await newDevice(server, alice, { fetch });
    await laptop.contacts.get({ userId: bob.client.userId });
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    expect(await laptop.sharedState.sync()).toMatchObject({ conflicts: [bob.client.userId] });
    expect(await alice.client.sharedState.sync()).toMatchObject({ conflicts: [bob.client.userId] });
    for (const client of [alice.client, laptop]) {
      const sent = client.send({ userId: bob.client.userId }, 'blocked');
      await expect(sent).rejects.toMatchObject({ code: 'contact.keys-conflict' });
    }
    const { warning } = await alice.client.contacts.get(bob.loginId);
    await alice.client.contacts.accept(warning!);
    await alice.client.sharedState.sync();
    await laptop.sharedState.sync();
    // The laptop gives the forged keys up, and takes none again but those that the user has decided for.
    await expect(laptop.send({ userId: bob.client.userId }, 'x')).rejects.toMatchObject({ code: 'contact.fork' });
    await alice.client.send(bob.loginId, 'to the right one');
    await laptop.close();
  });

  it('what a user’s devices know together asks the user where two devices have pinned different users for a loginId', async () => {
    const [alice, bob, eve] = (await newPeople(server, ['alice', 'bob', 'eve'])) as [Person, Person, Person];
    const laptop = await newDevice(server, alice);
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    const storage = new MemoryStorage();
    await storage.commit(new Map([[`handle/${bob.loginId}`, JSON.stringify({ userId: eve.client.userId })]]));
    const { loginId, password } = alice;
    const tablet = await Sealpost.open({ service, loginId, password, storage });
    await expect(tablet.send(bob.loginId, 'to whom?')).rejects.toMatchObject({ code: 'contact.login-id-rebound' });
    await tablet.sharedState.sync();
    await alice.client.sharedState.sync();
    const warning: unknown = await alice.client.send(bob.loginId, 'to whom?').catch((error: unknown) => error);
    expect(warning).toMatchObject({ code: 'contact.login-id-rebound', userId: eve.client.userId });
    const asked: unknown = await alice.client.contacts.get(bob.loginId).catch((error: unknown) => error);
    expect(asked).toMatchObject({ code: 'contact.login-id-rebound', userId: bob.client.userId });
    await alice.client.contacts.accept(asked as ContactWarning);
    await alice.client.sharedState.sync();
    await tablet.sharedState.sync();
    expect((await tablet.send(bob.loginId, 'to Bob')).messageId).toBeDefined();
    await Promise.all([laptop.close(), tablet.close()]);
  });

  it('what a user’s devices know together makes a conflict between pinned keys a blocking warning on both devices, until the user decides', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.contacts.get(bob.loginId);
    // The tablet was shown other keys of Bob's from the first version on, which it could not notice.
    const storage = new MemoryStorage();
    const { loginId, password } = alice;
    const tablet = await Sealpost.open({ service, loginId, password, storage });
    await tablet.close();
    const known = { seen: { 1: [OTHER_HASH] }, first: {}, accepted: {}, decided: {}, verified: {}, lost: {} };
    await storage.reopen().commit(new Map([[`known/user/${bob.client.userId}`, JSON.stringify(known)]]));
    const shown = await Sealpost.open({ service, storage });
    await shown.sharedState.sync();
    expect(await alice.client.sharedState.sync()).toMatchObject({ conflicts: [bob.client.userId] });
    const warning: unknown = await alice.client.send(bob.loginId, 'blocked').catch((error: unknown) => error);
    expect(warning).toBeInstanceOf(ConflictingKeysWarning);
    expect(warning).toMatchObject({ userId: bob.client.userId, version: 1, others: [OTHER_HASH] });
    await bob.client.send(alice.loginId, 'blocked too');
    expect((await readInbox(alice.client)).map(outcomeOf)).toEqual(['contact.keys-conflict']);
    await alice.client.contacts.accept(warning as ConflictingKeysWarning);
    await alice.client.send(bob.loginId, 'decided');
    expect(await alice.client.sharedState.sync()).toMatchObject({ conflicts: [] });
    await shown.sharedState.sync();
    await shown.send(bob.loginId, 'the decision counts here too');
    await shown.close();
  });

  it('what a user’s devices know together lets two devices share at once without losing what either knows', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    const laptop = await newDevice(server, alice);
    await alice.client.contacts.get(bob.loginId);
    await laptop.contacts.get(carol.loginId);
    await Promise.all([alice.client.sharedState.sync(), laptop.sharedState.sync()]);
    await Promise.all([alice.client.sharedState.sync(), laptop.sharedState.sync()]);
    const third = new MemoryStorage();
    const { loginId, password } = alice;
    const tablet = await Sealpost.open({ service, loginId, password, storage: third });
    const pinned = await third.keys('known/user/');
    for (const { client } of [bob, carol]) expect(pinned).toContain(`known/user/${client.userId}`);
    await Promise.all([laptop.close(), tablet.close()]);
  });

  it('what a user’s devices know together succeeds where the answer to the store was lost', async () => {
    const alice = await newPerson(server, 'alice');
    const bob = await newPerson(server, 'bob');
    await alice.client.close();
    const client = await restarted(server, alice, { fetch: losing(/PUT \/v1\/state/, 2) });
    await client.contacts.get(bob.loginId);
    const { stateVersion } = await client.sharedState.sync();
    expect(await client.sharedState.sync()).toMatchObject({ stateVersion });
    await client.close();
  });

  it('what a user’s devices know together shares before it closes, and sending never waits for it', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.close();
    let asked = 0;
    const silent = lying(/\/v1\/state/, () => (asked += 1));
    const client = await restarted(server, alice, { fetch: silent });
    await client.send(bob.loginId, 'hello');
    expect(asked).toBe(0);
    await client.close();
    expect(asked).toBeGreaterThan(0);
    expect(await readTexts(bob.client)).toEqual(['hello']);
  });
});

describe('a server that shows another state', () => {
  it('a server that shows another state is caught where it shows an older one, none, or one of another branch', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    const older = await storedState(alice);
    await alice.client.contacts.get(carol.loginId);
    await alice.client.sharedState.sync();
    await alice.client.close();
    for (const [answer, code] of [
      [older, 'state.rollback'],
      [{ stateVersion: 0 }, 'state.rollback'],
      [{ ...older, stateVersion: 2 }, 'state.refused'],
    ] as const) {
      const client = await restarted(server, alice, { fetch: lying(/GET \/v1\/state/, () => answer) });
      await expect(client.sharedState.sync()).rejects.toMatchObject({ code });
      expect(client.sharedState.problem).toMatchObject({ code });
      await client.close();
    }
  });

  it('a server that shows another state is caught where it has let two devices go on from different states', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    // The server forgets the state, and offers a new device to begin another one.
    await server.sql(`DELETE FROM shared_states WHERE user_id = '${alice.client.userId}'`);
    const other = await newDevice(server, alice);
    await other.contacts.get(carol.loginId);
    await other.sharedState.sync();
    await expect(alice.client.sharedState.sync()).rejects.toMatchObject({ code: 'state.fork' });
    const { loginId, password, storage } = alice;
    await alice.client.close();
    const warned = await Sealpost.open({ service, loginId, password, storage: storage.reopen() });
    expect(warned.sharedState.problem).toMatchObject({ name: 'SharedStateWarning', code: 'state.fork' });
    await warned.close();
    const options = { service, loginId, password, storage: storage.reopen(), discardState: true };
    const again = await Sealpost.open(options);
    expect(await again.contacts.get(bob.loginId)).toMatchObject({ userId: bob.client.userId });
    await again.sharedState.sync();
    await Promise.all([again.close(), other.close()]);
  });

  it('a server that shows another state warns at a log-in where the state cannot be had', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.contacts.get(alice.loginId);
    await alice.client.sharedState.sync();
    const garbage = lying(/GET \/v1\/state/, (answer: StateJson) => ({
      ...answer,
      previousHash: 'B'.repeat(42) + 'A',
    }));
    const laptop = await newDevice(server, alice, { fetch: garbage });
    expect(laptop.sharedState.problem).toMatchObject({ name: 'SharedStateWarning', code: 'state.refused' });
    await laptop.close();
  });
});
