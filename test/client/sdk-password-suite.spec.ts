import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost, type Fetch } from '@sealpost/client';
import type { ServiceJson } from '@sealpost/protocol';
import { startServer, type TestServer } from '../support/index.js';
import { MailPeople } from '../support/mail-people.js';
import { MailServer } from '../support/mail-server.js';
import { lying, newDevice, newPerson, restarted, writtenDown, type Person } from '../support/sdk.js';

let mail: MailServer;
let server: TestServer;
let people: MailPeople;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startServer({ env: mail.settings() });
  people = new MailPeople(server, mail);
});

/** What the service names for new accounts; the server behind it names 1, and takes what it knows. */
const naming = (passwordSuite: number): Fetch =>
  lying(/GET \/v1\/service/, (answer: ServiceJson) => ({ ...answer, passwordSuite }));

async function suiteOf({ client }: Person): Promise<number | undefined> {
  const rows = await server.sql<{ suite: number }>('SELECT suite FROM accounts WHERE user_id = $1', [client.userId]);
  return rows[0]?.suite;
}

describe('A lowered password suite', () => {
  it('a service that lowers the password suite for new accounts keeps nobody from changing what opens an account, which keeps its higher suite', async () => {
    const alice = await newPerson(server, 'alice', { fetch: naming(2) });
    const { account } = await restarted(server, alice);
    const { password } = alice;
    await account.rekey({ show: writtenDown, password, compromised: true });
    expect(await suiteOf(alice)).toBe(2);
    await account.changePassword({ password, newPassword: 'another password' });
    expect(await suiteOf(alice)).toBe(2);
    await account.changeLoginId({ password: 'another password', newLoginId: `${alice.loginId}-2` });
    expect(await suiteOf(alice)).toBe(2);
    const device = await newDevice(server, { ...alice, password: 'another password', loginId: `${alice.loginId}-2` });
    expect(device.userId).toBe(alice.client.userId);
  });

  it('a service that lowers the password suite for new accounts gets no lower one with the recovery words either, also from a device that has seen nothing of the account', async () => {
    const alice = await newPerson(server, 'alice', { fetch: naming(2) });
    const { loginId, recoveryWords, storage } = alice;
    const service = { url: server.url, serviceId: server.serviceId };
    for (const known of [{ storage: storage.reopen() }, {}]) {
      await Sealpost.recover({ service, ...known, loginId, recoveryWords, newPassword: 'another password' });
      expect(await suiteOf(alice)).toBe(2);
    }
  });

  it('a service that lowers the password suite for new accounts gets none with a reset', async () => {
    const alice = await people.newPerson('alice', { fetch: naming(2) });
    await people.reset(alice);
    expect(await suiteOf(alice)).toBe(2);
  });

  it('a service that lowers the password suite for new accounts and raises it again, raises that of accounts with their next password', async () => {
    const alice = await newPerson(server, 'alice');
    expect(await suiteOf(alice)).toBe(1);
    const { account } = await restarted(server, alice, { fetch: naming(2) });
    await account.changePassword({ password: alice.password, newPassword: 'another password' });
    expect(await suiteOf(alice)).toBe(2);
  });
});

describe('A lower or an unknown suite', () => {
  it('a server that names a lower or an unknown suite in a challenge is refused by whatever the challenge is for', async () => {
    const alice = await newPerson(server, 'alice', { fetch: naming(2) });
    const { password, loginId, recoveryWords } = alice;
    const fetch = lying(/challenge/, (answer: object) => ({ ...answer, suite: 1 }));
    const { account } = await restarted(server, alice, { fetch });
    const lowered = { code: 'login.suite-lowered' };
    await expect(account.rekey({ show: writtenDown, password })).rejects.toMatchObject(lowered);
    await expect(account.changePassword({ password, newPassword: 'quite another passphrase' })).rejects.toMatchObject(
      lowered,
    );
    await expect(account.erase({ password })).rejects.toMatchObject(lowered);
    const service = { url: server.url, serviceId: server.serviceId };
    const known = { service, fetch, storage: alice.storage.reopen(), loginId };
    const recovery = Sealpost.recover({ ...known, recoveryWords, newPassword: 'quite another passphrase' });
    await expect(recovery).rejects.toMatchObject(lowered);
    await expect(Sealpost.open({ ...known, password })).rejects.toMatchObject(lowered);
  });

  it('a server that names a lower or an unknown suite for new accounts gets no credentials where the suite is unknown', async () => {
    const alice = await newPerson(server, 'alice');
    const { password } = alice;
    const { account } = await restarted(server, alice, { fetch: naming(3) });
    const unknown = { code: 'login.suite-unknown' };
    await expect(account.rekey({ show: writtenDown, password })).rejects.toMatchObject(unknown);
    await expect(account.changePassword({ password, newPassword: 'quite another passphrase' })).rejects.toMatchObject(
      unknown,
    );
    await expect(newPerson(server, 'bob', { fetch: naming(3) })).rejects.toMatchObject(unknown);
  });
});
