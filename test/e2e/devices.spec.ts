import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, Sealpost } from '@sealpost/client';
import { startServer, waitFor } from '../support/index.js';
import type { TestServer } from '../support/index.js';
import { joinWith, Joining, pendingId } from '../support/joining.js';
import { losing, newPerson, readTexts, recording, restarted } from '../support/sdk.js';
import type { Person, SeenExchange } from '../support/sdk.js';

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await startServer();
  alice = await newPerson(server, 'alice');
  bob = await newPerson(server, 'bob');
});
/** A loginId has few requests at the same time, and those that a test has left lying wait for ten minutes. */
afterEach(() => server.sql('DELETE FROM device_requests'));

const requestsOf = (loginId: string): Promise<{ id: string }[]> =>
  server.sql<{ id: string }>('SELECT id FROM device_requests WHERE login_id = $1', [loginId]);

describe('A new device that an old one approves', () => {
  it('a new device that an old one approves reads what came before it, sends, and rotates the keys, though nobody typed a password on it', async () => {
    await bob.client.send(alice.loginId, 'Before the new device');
    const joining = new Joining(server, alice.loginId);
    const device = await joinWith(alice.client, joining);
    expect([device.userId, device.loginId]).toEqual([alice.client.userId, alice.loginId]);
    expect(await readTexts(device)).toEqual(['Before the new device']);
    await device.send(bob.loginId, 'From the new device');
    expect(await readTexts(bob.client)).toContain('From the new device');
    expect((await device.keys.rotate()).version).toBe(2);
    expect((await alice.client.keys.list()).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('a new device that an old one approves shows eight digits, and is a session of its own under its name', async () => {
    const joining = new Joining(server, alice.loginId, { deviceName: 'Alice’s telephone' });
    expect(await approvedCode(joining)).toMatch(/^\d{4} \d{4}$/);
    const device = await joining.done;
    const names = (await alice.client.sessions.list()).map(({ name }) => name);
    expect(names).toContain('Alice’s telephone');
    expect((await device.sessions.list()).find(({ current }) => current)?.name).toBe('Alice’s telephone');
  });

  const approvedCode = async (joining: Joining): Promise<string> => {
    await joinWith(alice.client, joining);
    return joining.code();
  };

  it('a new device that an old one approves goes on after a restart, and can approve the next one', async () => {
    const joining = new Joining(server, alice.loginId);
    await joinWith(alice.client, joining);
    const person = { ...alice, storage: joining.storage };
    const device = await restarted(server, person);
    const third = await joinWith(device, new Joining(server, alice.loginId));
    expect(third.userId).toBe(alice.client.userId);
  });

  it('a new device that an old one approves is in the history of the account, with the session that approved', async () => {
    const device = await joinWith(bob.client, new Joining(server, bob.loginId));
    const sessions = await bob.client.sessions.list();
    const own = sessions.find(({ current }) => current)?.id;
    const other = (await device.sessions.list()).find(({ current }) => current)?.id;
    const events = await server.sql(
      'SELECT kind, session_id, session_name, other_session_id FROM account_events WHERE user_id = $1 AND kind = $2',
      [bob.client.userId, 'device-approved'],
    );
    expect(events).toEqual([
      { kind: 'device-approved', session_id: own, session_name: "bob's first device", other_session_id: other },
    ]);
  });

  it('a new device that an old one approves gets the account secret that the user’s devices hold', async () => {
    const storage = new MemoryStorage();
    const accountSecret = new Uint8Array(randomBytes(32));
    const loginId = `carol-${randomBytes(4).toString('hex')}`;
    const service = { url: server.url, serviceId: server.serviceId };
    const { client } = await Sealpost.register({
      service,
      storage,
      loginId,
      password: 'a password of quite nobody',
      accountSecret,
    });
    const joining = new Joining(server, loginId);
    await joinWith(client, joining);
    const [kept, given] = [await storage.get('account'), await joining.storage.get('account')];
    expect(JSON.parse(given ?? 'null')).toEqual(JSON.parse(kept ?? 'null'));
    expect(given).toContain('accountSecret');
  });

  it('a new device that an old one approves says nothing of the vault key to the server, and sends no more than the protocol says', async () => {
    const seen: SeenExchange[] = [];
    const approver = await restarted(server, bob, { fetch: recording(seen) });
    const joining = new Joining(server, bob.loginId, { fetch: recording(seen) });
    await joinWith(approver, joining);
    const session = JSON.parse((await joining.storage.get('session')) ?? '{}') as { vaultKey: string };
    expect(session.vaultKey).toHaveLength(43);
    expect(JSON.stringify(seen)).not.toContain(session.vaultKey);
    expect(await joining.storage.get('session')).toContain(session.vaultKey);
    expect((await requestsOf(bob.loginId)).length).toBeGreaterThan(0);
  });
});

describe('A new device that is not to join', () => {
  it('a new device that is not to join gets nothing after another code was typed than it shows', async () => {
    const joining = new Joining(server, alice.loginId);
    const id = await pendingId(alice.client);
    const wrong = async (): Promise<string> => ((await joining.code()) === '0000 0000' ? '0000 0001' : '0000 0000');
    await expect(alice.client.devices.approve(id, wrong)).rejects.toMatchObject({ code: 'devices.code-differs' });
    await expect(joining.done).rejects.toMatchObject({ code: 'auth.device-request-denied' });
    expect(await joining.storage.keys('')).toEqual([]);
  });

  it('a new device that is not to join keeps nothing where its user says that the other device has not approved', async () => {
    const joining = new Joining(server, alice.loginId);
    await alice.client.devices.approve(await pendingId(alice.client), () => joining.code());
    joining.say(false);
    await expect(joining.done).rejects.toMatchObject({ code: 'devices.not-confirmed' });
    expect(await joining.storage.keys('')).toEqual([]);
    const [row] = await server.sql('SELECT count(*)::int AS n FROM device_requests WHERE session_id IS NOT NULL', []);
    expect(row).toBeDefined();
  });

  it('a new device that is not to join is told nothing where it is denied before an answer, and leaves when its user wants to', async () => {
    const leave = new AbortController();
    const joining = new Joining(server, bob.loginId, { signal: leave.signal });
    await bob.client.devices.deny(await pendingId(bob.client));
    expect(await bob.client.devices.pending()).toEqual([]);
    expect(joining.outcome).toBeNull();
    leave.abort();
    await expect(joining.done).rejects.toBe(leave.signal.reason);
  });

  it('a new device that is not to join waits for a loginId that nobody has as for any other', async () => {
    const leave = new AbortController();
    const loginId = `nobody-${randomBytes(4).toString('hex')}`;
    const joining = new Joining(server, loginId, { signal: leave.signal });
    await waitFor(async () => (await requestsOf(loginId)).length === 1);
    expect(joining.outcome).toBeNull();
    leave.abort();
    await expect(joining.done).rejects.toBe(leave.signal.reason);
  });

  it('a new device that is not to join cannot be in the storage of somebody else', async () => {
    const { loginId } = bob;
    const service = { url: server.url, serviceId: server.serviceId };
    const storage = alice.storage.reopen();
    const joining = Sealpost.join({ service, storage, loginId, confirmCode: () => true });
    await expect(joining).rejects.toMatchObject({ code: 'storage.other-account' });
  });
});

describe('Answers that get lost', () => {
  it.each([
    ['of the request', /POST \/v1\/auth\/device-requests$/],
    ['of the revelation', /POST .*\/reveal$/],
    ['of the collection', /POST .*\/collect$/],
  ])('%s are asked for again by the new device, with the same result', async (_, route) => {
    const joining = new Joining(server, alice.loginId, { fetch: losing(route, 1) });
    const before = (await alice.client.sessions.list()).length;
    const device = await joinWith(alice.client, joining);
    expect((await device.sessions.list()).length).toBe(before + 1);
    // The refresh token of the repeated answer is the session's.
    const resumed = await restarted(server, { ...alice, storage: joining.storage });
    expect(resumed.userId).toBe(alice.client.userId);
  });

  it.each([
    ['of the answer', /POST .*\/answer$/],
    ['of the approval', /POST .*\/approve$/],
  ])('%s are asked for again by the old device', async (_, route) => {
    const approver = await restarted(server, alice, { fetch: losing(route, 1) });
    const device = await joinWith(approver, new Joining(server, alice.loginId));
    expect(device.userId).toBe(alice.client.userId);
  });
});
