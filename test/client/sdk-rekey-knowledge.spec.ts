import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch, Sealpost } from '@sealpost/client';
import { startServer, type TestServer } from '../support/index.js';
import { newDevice, newPeople, restarted, writtenDown, type Person } from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

async function verifyOn(client: Sealpost, contact: Person): Promise<void> {
  await client.contacts.verify(contact.loginId, await client.contacts.safetyNumber(contact.loginId));
  await client.sharedState.sync();
}

async function verifiedOn(client: Sealpost, contact: Person): Promise<boolean> {
  return (await client.contacts.get(contact.loginId)).verified;
}

/** Runs `work` right before the first request for a new vault key leaves the device. */
function beforeRekey(work: () => Promise<void>): Fetch {
  let isDone = false;
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (pathname === '/v1/account/vault-key' && !isDone) {
      isDone = true;
      await work();
    }
    return fetch(input, init);
  };
}

describe('a new vault key of a device that knows less', () => {
  it('a new vault key of a device that knows less than the others loses nothing of what they know', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    const laptop = await newDevice(server, alice);
    await verifyOn(laptop, bob);
    expect(
      await alice.client.account.rekey({ show: writtenDown, password: alice.password, compromised: true }),
    ).toMatchObject({
      signedIn: true,
    });
    expect(await verifiedOn(alice.client, bob)).toBe(true);
    const tablet = await newDevice(server, alice);
    expect(await verifiedOn(tablet, bob)).toBe(true);
    await Promise.all([tablet.close(), laptop.close()]);
  });

  it('a new vault key of a device that knows less than the others loses nothing of what another device shares at the very same time', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    const laptop = await newDevice(server, alice);
    await alice.client.close();
    const fetch = beforeRekey(() => verifyOn(laptop, bob));
    const client = await restarted(server, alice, { fetch });
    expect(await client.account.rekey({ show: writtenDown, password: alice.password })).toMatchObject({
      signedIn: true,
    });
    const tablet = await newDevice(server, alice);
    expect(await verifiedOn(tablet, bob)).toBe(true);
    await Promise.all([client.close(), tablet.close(), laptop.close()]);
  });

  it('a new vault key of a device that knows less than the others shares what it knows after a crash, without waiting for something new to share', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await verifyOn(alice.client, bob);
    await alice.client.close();
    const cut: Fetch = async (input, init) => {
      if (init?.method === 'PUT') throw new TypeError('fetch failed: the connection was cut');
      return fetch(input, init);
    };
    const client = await restarted(server, alice, { fetch: cut });
    await client.account.rekey({ show: writtenDown, password: alice.password });
    await client.close();
    await (await restarted(server, alice)).close();
    const tablet = await newDevice(server, alice);
    expect(await verifiedOn(tablet, bob)).toBe(true);
    await tablet.close();
  });
});
