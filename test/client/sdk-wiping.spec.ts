import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, Sealpost, type Fetch } from '@sealpost/client';
import {
  encodeBase64Url,
  requireBase64Url,
  type ChallengeJson,
  type CollectedDeviceJson,
  type LoginJson,
} from '@sealpost/protocol';
import { derivePasswordKeys } from '../../packages/client/src/crypto/password.js';
import { loadSodium } from '../../packages/client/src/crypto/sodium.js';
import { startServer, type TestServer } from '../support/index.js';
import { Joining, joinWith, pendingId } from '../support/joining.js';
import { exchangeOf, flipLast, lying, newDevice, newPerson, type Person } from '../support/sdk.js';
import { wipedDuring } from '../support/wipes.js';

const accountSecret = Uint8Array.from({ length: 32 }, (_, index) => 200 - index);
let server: TestServer;

beforeAll(async () => {
  await loadSodium();
  server = await startServer();
});

async function vaultKeyOf({ storage }: Person): Promise<string> {
  return (JSON.parse((await storage.get('session')) ?? '{}') as { vaultKey: string }).vaultKey;
}

/** Somebody whose devices hold an account secret. */
async function secretive(): Promise<Person> {
  const given = {
    loginId: `secretive-${Date.now()}`,
    password: 'a password of quite nobody',
    storage: new MemoryStorage(),
  };
  const service = { url: server.url, serviceId: server.serviceId };
  return { ...given, ...(await Sealpost.register({ service, ...given, accountSecret })) };
}

/** What a password is turned into, base64url. */
function secretsOf(
  loginId: string,
  password: string,
  made: { readonly suite: number; readonly salt: string },
): string[] {
  const { serviceId } = server;
  const salt = requireBase64Url(made.salt, 'salt');
  const { authSeed, wrapKey } = derivePasswordKeys({ suite: made.suite, serviceId, loginId, salt, password });
  return [authSeed, wrapKey].map(encodeBase64Url);
}

function namesOf(sessions: readonly { readonly name: string }[]): string[] {
  return sessions.map(({ name }) => name);
}

describe('A recovery that is cut off', () => {
  it('a recovery whose new password never reaches the server leaves neither the vault key nor the keys of the new password in memory', async () => {
    const alice = await newPerson(server, 'alice');
    const { loginId, recoveryWords } = alice;
    const [service, newPassword] = [{ url: server.url, serviceId: server.serviceId }, 'another password'];
    let made = { suite: 0, salt: '' };
    const dead: Fetch = async (input, init) => {
      const { path, body } = exchangeOf(input, init);
      if (path !== '/v1/auth/recovery') return fetch(input, init);
      made = JSON.parse(body) as typeof made;
      throw new TypeError('fetch failed');
    };
    const retry = { attempts: 1 };
    const wiped = await wipedDuring(async () => {
      const recovery = Sealpost.recover({ service, retry, fetch: dead, loginId, recoveryWords, newPassword });
      await expect(recovery).rejects.toMatchObject({ code: 'client.network' });
    });
    const secrets = [await vaultKeyOf(alice), ...secretsOf(loginId, newPassword, made)];
    expect(wiped).toEqual(expect.arrayContaining(secrets));
  });
});

describe('A log-in', () => {
  it('a log-in that is refused leaves no keys of the password in memory', async () => {
    const guessing = { ...(await newPerson(server, 'alice')), password: 'guess' };
    let seen = { suite: 0, salt: '' };
    const fetch = lying(/challenge/, (answer: ChallengeJson) => (seen = answer));
    const wiped = await wipedDuring(async () => {
      await expect(newDevice(server, guessing, { fetch })).rejects.toMatchObject({ code: 'auth.login-refused' });
    });
    expect(wiped).toEqual(expect.arrayContaining(secretsOf(guessing.loginId, 'guess', seen)));
  });

  it('a log-in of which the vault does not open leaves no session behind', async () => {
    const alice = await newPerson(server, 'alice');
    const fetch = lying(/POST \/v1\/auth\/login/, (answer: LoginJson) => ({
      ...answer,
      vault: flipLast(answer.vault),
    }));
    await expect(newDevice(server, alice, { fetch })).rejects.toMatchObject({ code: 'vault.refused' });
    expect(namesOf(await alice.client.sessions.list())).toEqual(["alice's first device"]);
  });
});

describe('A new device', () => {
  it('a new device and the one that approves it leave no copy of the account secret in memory', async () => {
    const alice = await secretive();
    const wiped = await wipedDuring(() => joinWith(alice.client, new Joining(server, alice.loginId)));
    const [secret, vaultKey] = [encodeBase64Url(accountSecret), await vaultKeyOf(alice)];
    // The approver's copy, the new device's, and the one that it was compared with.
    expect(wiped.filter((text) => text === secret)).toHaveLength(3);
    expect(wiped.filter((text) => text === vaultKey)).toHaveLength(2);
    // The caller's own array is the caller's.
    expect(accountSecret[0]).toBe(200);
  });

  it('a new device leaves no session behind where what was handed over does not open', async () => {
    const alice = await newPerson(server, 'alice');
    const fetch = lying(/\/collect$/, (answer: CollectedDeviceJson) => ({
      ...answer,
      handover: answer.handover.slice(4),
    }));
    const joining = new Joining(server, alice.loginId, { fetch });
    await alice.client.devices.approve(await pendingId(alice.client), () => joining.code());
    joining.say(true);
    await expect(joining.done).rejects.toMatchObject({ code: 'devices.tampered' });
    expect(namesOf(await alice.client.sessions.list())).toEqual(["alice's first device"]);
  });
});
