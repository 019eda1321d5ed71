import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch } from '@sealpost/client';
import type { AccountJson, UserJson } from '@sealpost/protocol';
import { startServer, type TestServer } from '../support/index.js';
import { serviceAnswer } from '../support/service-answers.js';
import { lying, newPeople, readTexts, restarted, writtenDown, type Person, type SeenExchange } from '../support/sdk.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});

/** A server that says that the account has this loginId, and writes down what it is asked to do about it. */
function naming(loginId: string, seen: SeenExchange[] = []) {
  const account = lying(/GET \/v1\/account$/, (answer: AccountJson) => ({ ...answer, loginId }));
  const fetch: typeof account = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname === '/v1/account') return account(input, init);
    if (!/^\/v1\/account\/(password|vault-key)$/.test(url.pathname)) return globalThis.fetch(input, init);
    // It does nothing of it, and says that it has.
    seen.push({ method: 'POST', path: url.pathname, body: '' });
    return serviceAnswer(server.serviceId, 200, { credentialVersion: 2 });
  };
  return fetch;
}

describe('a false loginId of the own account', () => {
  it('a server that gives the user’s own account another loginId does not turn messages to a pinned contact to somebody else by a change of the password', async () => {
    const [carol, bob] = (await newPeople(server, ['carol', 'bob'])) as [Person, Person];
    await carol.client.send(bob.loginId, 'hello');
    await carol.client.close();
    const seen: SeenExchange[] = [];
    const client = await restarted(server, carol, { fetch: naming(bob.loginId, seen) });
    const change = { password: carol.password, newPassword: 'another long password' };
    await expect(client.account.changePassword(change)).rejects.toMatchObject({ code: 'client.bad-answer' });
    await expect(client.account.get()).rejects.toMatchObject({ code: 'client.bad-answer' });
    expect(seen).toEqual([]);
    expect(client.loginId).toBe(carol.loginId);
    await client.send(bob.loginId, 'for Bob');
    await client.close();
    expect(await readTexts(bob.client)).toEqual(['hello', 'for Bob']);
  });

  it('a server that gives the user’s own account another loginId gets no signature under a loginId that the account never had', async () => {
    const [dave] = (await newPeople(server, ['dave'])) as [Person];
    const seen: SeenExchange[] = [];
    const client = await restarted(server, dave, { fetch: naming('ceo@example.org', seen) });
    const { password } = dave;
    await expect(client.account.rekey({ show: writtenDown, password })).rejects.toMatchObject({
      code: 'client.bad-answer',
    });
    await expect(client.account.erase({ password })).rejects.toMatchObject({ code: 'client.bad-answer' });
    expect(seen).toEqual([]);
    await client.close();
  });

  it('a server that gives the user’s own account another loginId cannot make up the claim with another user’s signature', async () => {
    const [carol, bob] = (await newPeople(server, ['carol', 'bob'])) as [Person, Person];
    const account = naming(bob.loginId);
    const claims = lying(/GET \/v1\/users\?/, (answer: UserJson) => ({ ...answer, userId: carol.client.userId }));
    const client = await restarted(server, carol, {
      fetch: (input, init) =>
        new URL(input instanceof Request ? input.url : input).pathname === '/v1/users'
          ? claims(input, init)
          : account(input, init),
    });
    await expect(client.account.get()).rejects.toMatchObject({ code: 'client.bad-answer' });
    await client.close();
  });
});

describe('a changed loginId of the own account', () => {
  it('a loginId that has changed without a device’s knowing is taken over where the account’s own keys have signed it', async () => {
    const [alice] = (await newPeople(server, ['alice'])) as [Person];
    const { password } = alice;
    const newLoginId = `${alice.loginId}-moved`;
    const { client } = alice;
    const before = new Map<string, string>();
    for (const key of await alice.storage.keys('')) before.set(key, (await alice.storage.get(key)) ?? '');
    await client.account.changeLoginId({ password, newLoginId });
    // As after a crash before the answer came: the session goes on, the record still has the old loginId.
    await alice.storage.commit(new Map([['account', before.get('account') ?? null]]));
    const again = await restarted(server, alice);
    expect(again.loginId).toBe(alice.loginId);
    expect(await again.account.get()).toMatchObject({ loginId: newLoginId });
    expect(again.loginId).toBe(newLoginId);
    await again.account.changePassword({ password, newPassword: 'another long password' });
    await again.close();
  });
});

describe('the loginId of a former contact', () => {
  it('a user who takes the loginId of a former contact goes on to write to that contact until they decide otherwise', async () => {
    const [carol, bob] = (await newPeople(server, ['carol', 'bob'])) as [Person, Person];
    await carol.client.send(bob.loginId, 'one');
    await bob.client.account.changeLoginId({ password: bob.password, newLoginId: `${bob.loginId}-moved` });
    await carol.client.account.changeLoginId({ password: carol.password, newLoginId: bob.loginId });
    await carol.client.send(bob.loginId, 'two');
    expect(await readTexts(bob.client)).toEqual(['one', 'two']);
    const asked = carol.client.contacts.get(bob.loginId);
    await expect(asked).rejects.toMatchObject({ code: 'contact.login-id-rebound', pinnedUserId: bob.client.userId });
  });
});

describe('a history without end', () => {
  it('a server that lists the history without end is refused at the first page that does not lead back', async () => {
    const [alice] = (await newPeople(server, ['alice'])) as [Person];
    let pages = 0;
    for (const page of [
      { items: [], next: 5 },
      { items: [{ id: 3, at: 1, kind: 'logged-in' }], next: 3 },
      { items: [{ id: 3, at: 1, kind: 'logged-in' }], next: 9 },
    ]) {
      pages = 0;
      const fetch = lying(/GET \/v1\/account\/events/, () => {
        pages += 1;
        if (pages > 5) throw new Error('It goes on without end');
        return page;
      });
      const client = await restarted(server, alice, { fetch });
      const reading = async (): Promise<void> => {
        for await (const event of client.account.events()) expect(event.id).toBe(3);
      };
      await expect(reading()).rejects.toMatchObject({ code: 'client.bad-answer' });
      expect(pages).toBeLessThanOrEqual(2);
      await client.close();
    }
  });
});

describe('a server that exports another account', () => {
  it('a server that exports another account is refused at the header', async () => {
    const [alice, eve] = (await newPeople(server, ['alice', 'eve'])) as [Person, Person];
    const swapped: Fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!new URL(input instanceof Request ? input.url : input).pathname.endsWith('/export')) return response;
      const lines = (await response.text()).replace(alice.client.userId, eve.client.userId);
      return new Response(lines, { status: response.status, headers: response.headers });
    };
    const client = await restarted(server, alice, { fetch: swapped });
    await expect(client.account.export().next()).rejects.toMatchObject({ code: 'client.bad-answer' });
    await client.close();
  });
});
