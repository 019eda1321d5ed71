import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { ClientError, MemoryStorage, Sealpost, type StorageChanges } from '@sealpost/client';
import { sharedServer, type RunningServer } from '../support/index.js';
import { joinWith, Joining } from '../support/joining.js';
import {
  newDevice,
  newPerson,
  readTexts,
  recording,
  restarted,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

/** What the storage of a person holds, on a disk that fails when it is told to. */
class FailingStorage extends MemoryStorage {
  /** Whether a commit fails. */
  fails: (changes: StorageChanges) => boolean = () => false;

  static async copyOf(storage: MemoryStorage): Promise<FailingStorage> {
    const copy = new FailingStorage();
    storage.reopen();
    const entries = (await storage.keys('')).map(async (key) => [key, await storage.get(key)] as const);
    await copy.commit(new Map(await Promise.all(entries)));
    return copy;
  }

  override async commit(changes: StorageChanges): Promise<void> {
    if (this.fails(changes)) throw new ClientError('storage.failed', 'The disk is full');
    await super.commit(changes);
  }
}

const takesFromOutbox = (changes: StorageChanges): boolean =>
  [...changes].some(([key, value]) => key.startsWith('outbox/') && value === null);

describe('A failing disk and messages', () => {
  let alice: Person;
  let bob: Person;
  beforeAll(async () => {
    alice = await newPerson(server, 'alice');
    bob = await newPerson(server, 'bob');
  });

  const start = async () => {
    const storage = await FailingStorage.copyOf(alice.storage);
    return { storage, client: await restarted(server, { ...alice, storage }) };
  };

  it('a disk that fails after the server has said yes leaves a message that was taken unconfirmed, and it arrives once', async () => {
    const { storage, client } = await start();
    storage.fails = takesFromOutbox;
    await expect(client.send(bob.loginId, 'Once')).rejects.toMatchObject({
      code: 'send.unconfirmed',
      cause: { code: 'storage.failed' },
    });
    expect(await client.outbox.list()).toHaveLength(1);
    storage.fails = () => false;
    await client.outbox.flush();
    expect(await client.outbox.list()).toEqual([]);
    expect(await readTexts(bob.client)).toEqual(['Once']);
  });

  it('a disk that fails after the server has said yes gives each of many messages an outcome, whenever it begins to fail', async () => {
    const { storage, client } = await start();
    const carol = await newPerson(server, 'carol');
    const many = [bob, carol, bob, carol].map(({ loginId }, index) => ({ to: loginId, content: `${index}` }));
    storage.fails = takesFromOutbox;
    expect((await client.sendMany(many)).map(({ status }) => status)).toEqual([
      'unconfirmed',
      'unconfirmed',
      'not-sent',
      'not-sent',
    ]);
    storage.fails = () => true;
    expect((await client.sendMany(many)).map(({ status }) => status)).toEqual(Array(4).fill('not-sent'));
    storage.fails = () => false;
    await client.outbox.flush();
    expect(await readTexts(bob.client)).toEqual(['0']);
    expect(await readTexts(carol.client)).toEqual(['1']);
  });

  it('a disk that fails after the server has said yes reports a message as taken where only what tidies up afterwards cannot be written', async () => {
    const { storage, client } = await start();
    const dora = await newPerson(server, 'dora');
    storage.fails = (changes) => [...changes.keys()].some((key) => key.startsWith('trust/'));
    await client.send(dora.loginId, 'one');
    const [outcome] = await client.sendMany([{ to: dora.loginId, content: 'two' }]);
    expect(outcome?.status).toBe('sent');
    expect(await client.outbox.list()).toEqual([]);
    expect(await readTexts(dora.client)).toEqual(['one', 'two']);
  });

  it('a disk that fails after the server has said yes does not cost the session when renewed tokens cannot be written, however often', async () => {
    const storage = await FailingStorage.copyOf(alice.storage);
    const seen: SeenExchange[] = [];
    const client = await restarted(server, { ...alice, storage }, { fetch: expiring(recording(seen)) });
    storage.fails = (changes) => changes.has('tokens');
    for (let renewal = 0; renewal < 3; renewal++) await client.sessions.list();
    expect(seen.filter(({ path }) => path === '/v1/auth/refresh').length).toBeGreaterThanOrEqual(3);
    // What a later process finds on the disk is good as well.
    const later = await restarted(server, { ...alice, storage: await FailingStorage.copyOf(storage) });
    expect((await later.sessions.list()).length).toBeGreaterThan(0);
  });
});

const NOT_KEPT = { name: 'NotKept', code: 'storage.not-kept', cause: { code: 'storage.failed' } };

describe('A failing disk and accounts', () => {
  const service = () => ({
    service: { url: server.url, serviceId: server.serviceId },
    retry: { firstDelayMs: 5, longestDelayMs: 50 },
  });
  const device = async (person: Person) => {
    const storage = await FailingStorage.copyOf(person.storage);
    return { storage, client: await restarted(server, { ...person, storage }) };
  };
  const writes = (key: string) => (changes: StorageChanges) => changes.has(key);

  it.each<[string, (changes: StorageChanges) => boolean]>([
    ['the session', writes('session')],
    ['that the words are handed over', (changes) => changes.get('begun-account') === null],
  ])(
    'a disk that fails after the server has changed an account gives the words of a registration at the next attempt, where it cannot keep %s',
    async (_what, fails) => {
      const storage = new FailingStorage();
      const loginId = `erin-${randomBytes(5).toString('hex')}`;
      const options = { ...service(), storage, loginId, password: 'a password of quite nobody' };
      storage.fails = fails;
      await expect(Sealpost.register(options)).rejects.toMatchObject(NOT_KEPT);
      storage.fails = () => false;
      const { client, recoveryWords } = await Sealpost.register(options);
      expect(await storage.keys('begun-account')).toEqual([]);
      expect((await client.sessions.list()).filter(({ current }) => current)).toHaveLength(1);
      const recovered = { ...service(), loginId, recoveryWords, newPassword: 'another password of quite nobody' };
      expect((await Sealpost.recover(recovered)).userId).toBe(client.userId);
    },
  );

  it('a disk that fails after the server has changed an account leaves no session behind where a log-in or a new device cannot keep it, and lets the next one in', async () => {
    const frank = await newPerson(server, 'frank');
    const { loginId, password } = frank;
    const storage = new FailingStorage();
    storage.fails = writes('session');
    const login = () => Sealpost.open({ ...service(), storage, loginId, password });
    await expect(login()).rejects.toMatchObject({ code: 'storage.failed' });
    const joining = new Joining(server, loginId, { storage });
    await expect(joinWith(frank.client, joining)).rejects.toMatchObject({ code: 'storage.failed' });
    expect(await frank.client.sessions.list()).toHaveLength(1);
    storage.fails = () => false;
    await joinWith(frank.client, new Joining(server, loginId, { storage }));
    await login();
    expect(await frank.client.sessions.list()).toHaveLength(3);
  });

  it('a disk that fails after the server has changed an account says of a new password and a new loginId that they count, and goes on with them', async () => {
    const grace = await newPerson(server, 'grace');
    const { storage, client } = await device(grace);
    const { password } = grace;
    storage.fails = writes('account');
    const newPassword = `grace's new password ${randomBytes(5).toString('hex')}`;
    await expect(client.account.changePassword({ password, newPassword })).rejects.toMatchObject(NOT_KEPT);
    const newLoginId = `moved-${grace.loginId}`;
    storage.fails = (changes) => changes.get('account')?.includes(newLoginId) === true;
    const moving = client.account.changeLoginId({ password: newPassword, newLoginId });
    await expect(moving).rejects.toMatchObject(NOT_KEPT);
    storage.fails = () => false;
    expect((await client.account.get()).loginId).toBe(newLoginId);
    const moved = { ...grace, loginId: newLoginId, password: newPassword };
    expect((await newDevice(server, moved)).userId).toBe(client.userId);
    await Sealpost.open({ ...service(), storage, loginId: newLoginId, password: newPassword });
  });

  it('a disk that fails after the server has changed an account gives the words of a new vault key in any case', async () => {
    const heidi = await newPerson(server, 'heidi');
    const { storage, client } = await device(heidi);
    let counts = false;
    storage.fails = () => counts;
    const show = async () => void (counts = true);
    const { password } = heidi;
    const { recoveryWords, signedIn } = await client.account.rekey({ password, show });
    expect(signedIn).toBe(false);
    counts = false;
    const again = await Sealpost.open({ ...service(), storage, loginId: heidi.loginId, password });
    expect(again.userId).toBe(heidi.client.userId);
    const newPassword = `heidi's new password ${randomBytes(5).toString('hex')}`;
    const recovering = new FailingStorage();
    recovering.fails = writes('session');
    const options = { ...service(), storage: recovering, loginId: heidi.loginId, recoveryWords, newPassword };
    await expect(Sealpost.recover(options)).rejects.toMatchObject(NOT_KEPT);
    recovering.fails = () => false;
    await Sealpost.open({ ...options, password: newPassword });
  });

  it('a disk that fails after the server has changed an account says of an account that it is erased, and removes the rest at the next attempt', async () => {
    const ivan = await newPerson(server, 'ivan');
    const { storage, client } = await device(ivan);
    const { password } = ivan;
    storage.fails = (changes) => changes.get('session') === null;
    await expect(client.account.erase({ password })).rejects.toMatchObject(NOT_KEPT);
    expect(await storage.get('session')).not.toBeNull();
    storage.fails = () => false;
    await client.account.erase({ password });
    expect(await storage.reopen().keys('')).toEqual([]);
  });
});

/** Every other request for the list of sessions is told that its token has expired. */
function expiring(inner: typeof fetch): typeof fetch {
  let asked = 0;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname !== '/v1/account/sessions' || asked++ % 2 === 1) return inner(input, init);
    return inner(input, { ...init, headers: { ...(init?.headers as Record<string, string>), authorization: '' } });
  };
}
