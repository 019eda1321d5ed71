import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch } from '@sealpost/client';
import type { KeyChainJson } from '@sealpost/protocol';
import { startServer, type TestServer } from '../support/index.js';
import { joinWith, Joining } from '../support/joining.js';
import { lying, newPeople, readTexts, type Person } from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

/** Alice has compared numbers with Bob, and her device has shared what it knows. */
async function acquainted(): Promise<[Person, Person]> {
  const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
  await alice.client.contacts.verify(bob.loginId, await alice.client.contacts.safetyNumber(bob.loginId));
  await alice.client.sharedState.sync();
  return [alice, bob];
}

const join = (alice: Person, fetch: Fetch = globalThis.fetch) =>
  joinWith(alice.client, new Joining(server, alice.loginId, { fetch }));

describe('A device that has joined', () => {
  it('a device that has joined without the password knows pins and verified marks of the others before it trusts anybody', async () => {
    const [alice, bob] = await acquainted();
    const device = await join(alice);
    expect(await device.contacts.get(bob.loginId)).toMatchObject({ userId: bob.client.userId, verified: true });
    await device.send(bob.loginId, 'From the new device');
    expect(await readTexts(bob.client)).toEqual(['From the new device']);
  });

  it('a device that has joined without the password refuses keys that the server shows to it only', async () => {
    const [alice, bob] = await acquainted();
    const [eve] = (await newPeople(server, ['eve'])) as [Person];
    await bob.client.keys.rotate();
    await alice.client.contacts.get(bob.loginId);
    await alice.client.sharedState.sync();
    const fetch = lying(/GET \/v1\/users\/.*keys/, (page: KeyChainJson, { path }) =>
      path.includes(bob.client.userId) ? { items: page.items.slice(0, 1) } : page,
    );
    const device = await join(alice, fetch);
    await expect(device.send({ userId: bob.client.userId }, 'Hello')).rejects.toMatchObject({
      code: 'contact.rollback',
    });
    await device.send(eve.loginId, 'Hello');
  });

  it('a device that has joined without the password does not begin where what the others know cannot be had', async () => {
    const [alice] = await acquainted();
    const fetch: Fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      return pathname === '/v1/state' ? Promise.reject(new TypeError('fetch failed')) : globalThis.fetch(input, init);
    };
    const joining = new Joining(server, alice.loginId, { fetch });
    await expect(joinWith(alice.client, joining)).rejects.toMatchObject({ code: 'client.network' });
    expect((await alice.client.sessions.list()).map(({ current }) => current)).toEqual([true]);
  });
});
