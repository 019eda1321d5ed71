import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, Sealpost, type CallOptions, type Fetch, type InboxEntry } from '@sealpost/client';
import { uuidV7 } from '@sealpost/protocol';
import { randomBytes } from 'node:crypto';
import { sharedServer, waitFor, type RunningServer } from '../support/index.js';
import { newPerson, readInbox, readTexts, restarted, writtenDown, type Person } from '../support/sdk.js';

/** A network that falls silent, and goes on later with what is still asked for then. */
class SilentNetwork {
  /** How many requests it has ever kept back. */
  kept = 0;
  #silent: (path: string) => boolean = () => false;
  #goOn: (() => void)[] = [];

  fallsSilent(silent: (path: string) => boolean = () => true): void {
    this.#silent = silent;
  }

  goesOn(): void {
    this.#silent = () => false;
    for (const goOn of this.#goOn.splice(0)) goOn();
  }

  readonly fetch: Fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (this.#silent(pathname)) {
      this.kept += 1;
      await new Promise<void>((resolve, reject) => {
        this.#goOn.push(resolve);
        init?.signal?.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    }
    return fetch(input, init);
  };
}

const ID = uuidV7(Date.now(), randomBytes(10));

/** Calls that ask the server, by what a user does with them. */
function callsOf(
  { client, password, loginId }: Person,
  entry: InboxEntry,
): ((call: CallOptions) => Promise<unknown>)[] {
  const { account, contacts, devices, keys, resets, sessions, sharedState } = client;
  return [
    (call) => client.send(`new-${loginId}`, 'Hello', call),
    (call) => client.sendMany([{ to: `new-${loginId}`, content: 'Hello' }], call),
    (call) => entry.done({ acknowledge: true, ...call }),
    (call) => entry.done({ delete: true, ...call }),
    (call) => client.logout(call),
    (call) => account.get(call),
    (call) => account.events(call).next(),
    (call) => account.export(call).next(),
    (call) => account.changePassword({ password, newPassword: 'another one, and long enough', ...call }),
    (call) => account.changeLoginId({ password, newLoginId: `other-${loginId}`, ...call }),
    (call) => account.replaceRecoveryKey({ password, show: writtenDown, ...call }),
    (call) => account.rekey({ password, show: writtenDown, ...call }),
    (call) => account.addEscrow({ password, escrow: 'A'.repeat(43), ...call }),
    (call) => account.erase({ password, ...call }),
    (call) => contacts.get(`new-${loginId}`, call),
    (call) => contacts.safetyNumber(`new-${loginId}`, call),
    (call) => contacts.accept(`new-${loginId}`, call),
    (call) => contacts.block(`new-${loginId}`, call),
    (call) => contacts.blocked(call),
    (call) => keys.list(call),
    (call) => keys.policy(call),
    (call) => keys.rotate(call),
    (call) => sessions.list(call),
    (call) => sessions.revoke(ID, call),
    (call) => sessions.authorization('GET', '/v1/state', call),
    (call) => devices.pending(call),
    (call) => devices.deny(ID, call),
    (call) => devices.approve(ID, () => '1234', call),
    (call) => resets.list(call),
    (call) => resets.cancel(call),
    (call) => sharedState.sync(call),
  ];
}

describe('A call that is given up', () => {
  let server: RunningServer;
  let alice: Person;
  let bob: Person;
  const network = new SilentNetwork();
  beforeAll(async () => {
    server = await sharedServer();
    alice = await newPerson(server, 'alice', { fetch: network.fetch });
    bob = await newPerson(server, 'bob');
  });

  const login = (storage: MemoryStorage, more: CallOptions = {}): Promise<Sealpost> =>
    Sealpost.open({
      service: { url: server.url, serviceId: server.serviceId },
      storage,
      loginId: bob.loginId,
      password: bob.password,
      fetch: network.fetch,
      ...more,
    });

  it('whoever gives a call up gets the reason of the signal, from every call, and the account is what it was', async () => {
    await alice.client.send(alice.loginId, 'A note');
    const [entry] = await readInbox(alice.client);
    for (const call of callsOf(alice, entry!)) {
      const stop = new AbortController();
      const reason = new Error('no more');
      network.fallsSilent();
      const before = network.kept;
      const asking = call({ signal: stop.signal });
      await waitFor(() => network.kept > before);
      stop.abort(reason);
      await expect(asking).rejects.toBe(reason);
      await expect(call({ signal: stop.signal })).rejects.toBe(reason);
      network.goesOn();
    }
    const client = await restarted(server, alice);
    expect(await client.account.get()).toMatchObject({ loginId: alice.loginId, credentialVersion: 1 });
    expect(await client.outbox.list()).toEqual([]);
    await client.close();
  });

  it('whoever gives a call up has sent nothing, or finds the message in the outbox, and it arrives once', async () => {
    const carol = await newPerson(server, 'carol', { fetch: network.fetch });
    await carol.client.send(bob.loginId, 'First');
    const stop = new AbortController();
    // The refusal of one call may be why another is given up. It says nothing of that one.
    const refusal: unknown = await carol.client.send('nobody-here', 'Hello').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'keys.user-not-found' });
    network.fallsSilent((path) => path === '/v1/messages');
    const before = network.kept;
    const sending = carol.client.send(bob.loginId, 'Second', { signal: stop.signal });
    await waitFor(() => network.kept > before);
    stop.abort(refusal);
    await expect(sending).rejects.toBe(refusal);
    network.goesOn();
    expect(await carol.client.outbox.list()).toHaveLength(1);
    await carol.client.send(bob.loginId, 'Third');
    expect(await readTexts(bob.client)).toEqual(['First', 'Second', 'Third']);
    await carol.client.close();
  });

  it('whoever gives a call up has opened no session, and can open one from the same storage', async () => {
    const storage = new MemoryStorage();
    const sessions = async (): Promise<number> => (await bob.client.sessions.list()).length;
    const before = await sessions();
    const stop = new AbortController();
    network.fallsSilent((path) => path === '/v1/state');
    const kept = network.kept;
    const opening = login(storage, { signal: stop.signal });
    await waitFor(() => network.kept > kept);
    expect(await sessions()).toBe(before + 1);
    stop.abort();
    await expect(opening).rejects.toBe(stop.signal.reason);
    network.goesOn();
    await waitFor(async () => (await sessions()) === before);
    expect(await storage.get('session')).toBeNull();
    await using client = await login(storage);
    expect(client.loginId).toBe(bob.loginId);
  });

  it('whoever gives a call up has ended the session of a recovery whose new loginId did not come about', async () => {
    const dave = await newPerson(server, 'dave');
    const stop = new AbortController();
    network.fallsSilent((path) => path === '/v1/account/password');
    const kept = network.kept;
    const recovering = Sealpost.recover({
      service: { url: server.url, serviceId: server.serviceId },
      storage: new MemoryStorage(),
      loginId: dave.loginId,
      recoveryWords: dave.recoveryWords,
      newPassword: 'another one, and long enough',
      newLoginId: `other-${dave.loginId}`,
      fetch: network.fetch,
      signal: stop.signal,
    });
    await waitFor(() => network.kept > kept);
    stop.abort();
    await expect(recovering).rejects.toBe(stop.signal.reason);
    network.goesOn();
    const sessions = 'SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
    await waitFor(async () => (await server.sql(sessions, [dave.client.userId])).length === 0);
  });

  it('whoever gives a call up keeps a client that was opened before the signal fired', async () => {
    const stop = new AbortController();
    const storage = new MemoryStorage();
    {
      await using client = await login(storage, { signal: stop.signal });
      stop.abort();
      expect((await client.account.get()).loginId).toBe(bob.loginId);
    }
    await expect(storage.get('session')).rejects.toMatchObject({ code: 'storage.failed' });
  });
});
