import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ContactWarning, MemoryStorage, Sealpost, SharedStateWarning } from '@sealpost/client';
import { requireBase64Url, type PutStateRequestJson, type StateJson } from '@sealpost/protocol';
import { call, expectOk, startServer, type TestServer } from '../support/index.js';
import { lying, newDevice, newPeople, readTexts, restarted, type Person } from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

/** What a thief of an access token can do to the shared state. */
async function poison({ client }: Person): Promise<void> {
  const token = await client.sessions.accessToken();
  const before = await expectOk<StateJson>(server, 'GET', '/v1/state', { token });
  const body: PutStateRequestJson = {
    state: Buffer.concat([Buffer.of(1), Buffer.alloc(100, 7)]).toString('base64url'),
    stateVersion: before.stateVersion + 1,
    previousHash:
      before.state === undefined
        ? Buffer.alloc(32).toString('base64url')
        : createHash('sha256').update(requireBase64Url(before.state, 'state')).digest('base64url'),
  };
  expect(await call(server, 'PUT', '/v1/state', { token, body })).toMatchObject({ status: 200 });
}

/** Compares, and lets the other devices know. */
async function verify(client: Sealpost, { loginId }: Person): Promise<void> {
  await client.contacts.verify(loginId, await client.contacts.safetyNumber(loginId));
  await client.sharedState.sync();
}

/** Alice has compared Bob's safety number, and shared that; then a thief has made the state unreadable. */
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

describe('a thief of a session who makes the shared state unreadable', () => {
  it('locks nobody out, and nobody new is trusted before the user has decided', async () => {
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

  it('has lost nothing for good where a device still knows it', async () => {
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

  it('has lost nothing for good where the device that knows it comes back after another one has repaired', async () => {
    const { alice, bob } = await poisoned();
    const { loginId, password } = alice;
    const service = { url: server.url, serviceId: server.serviceId };
    const laptop = await Sealpost.login({ service, loginId, password, discardState: true });
    expect(laptop.sharedState.problem).toBeNull();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: false });
    await alice.client.sharedState.sync();
    await laptop.sharedState.sync();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });

  it('does not keep the user from a new vault key', async () => {
    const { alice, bob } = await poisoned();
    const { password } = alice;
    await expect(alice.client.account.rekey({ password })).rejects.toMatchObject(REFUSED);
    expect(await alice.client.account.rekey({ password, discardState: true })).toMatchObject({ signedIn: true });
    const laptop = await newDevice(server, alice);
    expect(laptop.sharedState.problem).toBeNull();
    expect(await laptop.contacts.get(bob.loginId)).toMatchObject({ verified: true });
    await laptop.close();
  });
});

describe('a server that withholds the shared state', () => {
  it('cannot take its refusal back with an empty one', async () => {
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

  it('gets the consent of a user for nothing but what the user has seen', async () => {
    const { alice } = await poisoned();
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    await server.sql(`DELETE FROM shared_states WHERE user_id = '${alice.client.userId}'`);
    const repairing = alice.client.sharedState.repair(warning as SharedStateWarning);
    await expect(repairing).rejects.toMatchObject({ code: 'state.rollback' });
  });

  it('has not lost what another branch says where the user goes on from that', async () => {
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
  it('is no warning about a contact', async () => {
    const { alice } = await poisoned();
    const warning: unknown = await alice.client.sharedState.sync().catch((error: unknown) => error);
    const accepting = alice.client.contacts.accept(warning as ContactWarning);
    await expect(accepting).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });
});
