import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ContactWarning, MemoryStorage, Sealpost, SharedStateWarning } from '@sealpost/client';
import { encodeBase64Url, utf8, uuidV7 } from '@sealpost/protocol';
import { CONTENT_BYTES } from '../../packages/client/src/sync/room.js';
import { startServer, type TestServer } from '../support/index.js';
import { lying, newDevice, newPeople, readTexts, restarted, writtenDown, type Person } from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

/** What a server, or a thief of a whole device, can do to the shared state. */
async function poison({ client }: Person): Promise<void> {
  const garbage = Buffer.concat([Buffer.of(1), Buffer.alloc(100, 7)]).toString('hex');
  const { userId } = client;
  await server.sql(
    `INSERT INTO shared_states (user_id, state_version, state, previous_hash, updated_at)
     VALUES ('${userId}', 1, '\\x${garbage}', '\\x${'00'.repeat(32)}', now())
     ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, state_version = shared_states.state_version + 1,
       previous_hash = sha256(shared_states.state)`,
  );
}

/** Compares, and lets the other devices know. */
async function verify(client: Sealpost, { loginId }: Person): Promise<void> {
  await client.contacts.verify(loginId, await client.contacts.safetyNumber(loginId));
  await client.sharedState.sync();
}

/** Alice has compared Bob's safety number, and shared that; then somebody has made the state unreadable. */
async function poisoned(): Promise<{ readonly alice: Person; readonly bob: Person }> {
  const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
  await verify(alice.client, bob);
  await poison(alice);
  return { alice, bob };
}

function problemOf({ sharedState }: Sealpost): SharedStateWarning {
  expect(sharedState.problem).toBeInstanceOf(SharedStateWarning);
  return sharedState.problem as SharedStateWarning;
}

const REFUSED = { name: 'SharedStateWarning', code: 'state.refused' };

describe('an unreadable shared state', () => {
  it('a server, or a thief of a device, that makes the shared state unreadable locks nobody out, and nobody new is trusted before the user has decided', async () => {
    const { alice, bob } = await poisoned();
    await bob.client.send(alice.loginId, 'from Bob');
    const storage = new MemoryStorage();
    const laptop = await newDevice(server, alice, { storage });
    expect(laptop.sharedState.problem).toMatchObject(REFUSED);
    await expect(laptop.send(bob.loginId, 'to whom?')).rejects.toMatchObject(REFUSED);
    await expect(laptop.contacts.get(bob.loginId)).rejects.toMatchObject(REFUSED);
    await expect(readTexts(laptop)).rejects.toMatchObject(REFUSED);
    await laptop.close();
    // A restart does not count as consent.
    const again = await restarted(server, { ...alice, storage });
    const warning = problemOf(again);
    await expect(again.send(bob.loginId, 'to whom?')).rejects.toMatchObject(REFUSED);
    await again.sharedState.repair(warning);
    expect(again.sharedState.problem).toBeNull();
    await again.send(bob.loginId, 'to Bob');
    expect(await readTexts(again)).toEqual(['from Bob', 'to Bob']);
    await again.close();
  });

  it('a server, or a thief of a device, that makes the shared state unreadable has lost nothing for good where a device still knows it', async () => {
    const { alice, bob } = await poisoned();
    const laptop = await newDevice(server, alice);
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    expect(warning).toMatchObject(REFUSED);
    // The first device has its pins, and goes on meanwhile.
    await alice.client.send(bob.loginId, 'unhindered');
    await alice.client.sharedState.repair(warning as SharedStateWarning);
    await laptop.sharedState.sync();
    expect(laptop.sharedState.problem).toBeNull();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });

  it('a server, or a thief of a device, that makes the shared state unreadable has lost nothing for good where the device that knows it comes back after another one has repaired', async () => {
    const { alice, bob } = await poisoned();
    const { loginId, password } = alice;
    const service = { url: server.url, serviceId: server.serviceId };
    const laptop = await Sealpost.open({ service, loginId, password, discardState: true });
    expect(laptop.sharedState.problem).toBeNull();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: false });
    await alice.client.sharedState.sync();
    await laptop.sharedState.sync();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });

  it('a server, or a thief of a device, that makes the shared state unreadable does not keep the user from a new vault key', async () => {
    const { alice, bob } = await poisoned();
    const { password } = alice;
    await expect(alice.client.account.rekey({ show: writtenDown, password })).rejects.toMatchObject(REFUSED);
    expect(await alice.client.account.rekey({ show: writtenDown, password, discardState: true })).toMatchObject({
      signedIn: true,
    });
    const laptop = await newDevice(server, alice);
    expect(laptop.sharedState.problem).toBeNull();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });
});

describe('a withheld shared state', () => {
  it('a server that withholds the shared state cannot take its refusal back with an empty one', async () => {
    const { alice, bob } = await poisoned();
    const storage = new MemoryStorage();
    await (await newDevice(server, alice, { storage })).close();
    const empty = lying(/GET \/v1\/state/, () => ({ stateVersion: 0 }));
    const client = await restarted(server, { ...alice, storage }, { fetch: empty });
    const { code } = problemOf(client);
    expect(code).toBe('state.refused');
    await expect(client.sharedState.sync()).rejects.toMatchObject({ code: 'state.rollback' });
    await expect(client.send(bob.loginId, 'to whom?')).rejects.toMatchObject(REFUSED);
    await client.close();
  });

  it('a server that withholds the shared state gets the consent of a user for nothing but what the user has seen', async () => {
    const { alice } = await poisoned();
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    await server.sql(`DELETE FROM shared_states WHERE user_id = '${alice.client.userId}'`);
    const repairing = alice.client.sharedState.repair(warning as SharedStateWarning);
    await expect(repairing).rejects.toMatchObject({ code: 'state.rollback' });
  });

  it('a server that withholds the shared state has not lost what another branch says where the user goes on from that', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    await verify(alice.client, bob);
    await server.sql(`DELETE FROM shared_states WHERE user_id = '${alice.client.userId}'`);
    const laptop = await newDevice(server, alice);
    await verify(laptop, carol);
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    expect(warning).toMatchObject({ name: 'SharedStateWarning', code: 'state.fork' });
    await alice.client.sharedState.repair(warning as SharedStateWarning);
    const tablet = await newDevice(server, alice);
    for (const { loginId } of [bob, carol])
      expect(await tablet.contacts.get(loginId)).toMatchObject({ verified: true });
    await Promise.all([laptop.close(), tablet.close()]);
  });
});

describe('a conflict that the user has not seen', () => {
  it('a conflict that the user has not seen is no warning about a contact', async () => {
    const { alice } = await poisoned();
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    const accepting = alice.client.contacts.accept(warning as ContactWarning);
    await expect(accepting).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });
});

describe('a full shared state', () => {
  const idOf = (index: number): string => uuidV7(index, new Uint8Array(10));
  /** More than the rest of the room holds. */
  const STRANGERS = 100;
  const REST_BYTES = 4096;

  /** What else a user has to remember, so that the room need not be filled by thousands of strangers. */
  const remember = ({ storage }: Person, bytes: number): Promise<void> =>
    storage.commit(new Map([['note/much', JSON.stringify({ at: 1, value: 'x'.repeat(bytes) })]]));

  /** Whom a device has met on one day after the other, long ago. */
  async function meetStrangers({ storage }: Person): Promise<void> {
    const records = new Map<string, string>();
    for (let index = 0; index < STRANGERS; index++) {
      const pin = { 1: [encodeBase64Url(utf8(`keys ${index}`.padEnd(32, '.')))] };
      const decisions = { accepted: {}, decided: {}, verified: {}, lost: {} };
      records.set(`known/user/${idOf(index)}`, JSON.stringify({ seen: pin, first: pin, ...decisions, met: 1 + index }));
    }
    await storage.commit(records);
  }

  const codesOf = ({ sharedState }: Sealpost): string[] => sharedState.notices.map(({ code }) => code);

  it('strangers who write until the shared state is full push each other out, with a warning before, and none of the user’s contacts; a new device is told', async () => {
    const people = await newPeople(server, ['alice', 'bob', 'carol', 'eve']);
    const [alice, bob, carol, eve] = people as [Person, Person, Person, Person];
    await verify(alice.client, bob);
    await alice.client.send(carol.loginId, 'hello');
    expect(codesOf(alice.client)).toEqual([]);
    await remember(alice, CONTENT_BYTES * 0.9);
    await alice.client.sharedState.sync();
    expect(codesOf(alice.client)).toEqual(['state.filling']);

    await remember(alice, CONTENT_BYTES - REST_BYTES);
    await meetStrangers(alice);
    await carol.client.send(alice.loginId, 'from a contact');
    await eve.client.send(alice.loginId, 'from a stranger');
    expect(await readTexts(alice.client)).toEqual(['hello', 'from a contact', 'from a stranger']);
    await alice.client.sharedState.sync();
    expect(codesOf(alice.client)).toEqual(['state.strangers-forgotten', 'state.filling']);

    const storage = new MemoryStorage();
    const laptop = await newDevice(server, alice, { storage });
    expect(codesOf(laptop)).toEqual(['state.strangers-forgotten', 'state.filling']);
    const known = new Set(await storage.keys('known/user/'));
    const isKnown = (userId: string): boolean => known.has(`known/user/${userId}`);
    expect([bob, carol, eve].map(({ client }) => isKnown(client.userId))).toEqual([true, true, true]);
    // Those who were met first have given way, and no more of them than had to.
    expect([isKnown(idOf(0)), isKnown(idOf(STRANGERS - 1))]).toEqual([false, true]);
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });
});
