import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import type { ChallengeJson, LoginJson, VaultJson } from '@sealpost/protocol';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  acceptKeys,
  losing,
  lying,
  newDevice,
  newPeople,
  newPerson,
  outcomeOf,
  readInbox,
  readTexts,
  restarted,
  writtenDown,
} from '../support/sdk.js';
import type { Person } from '../support/sdk.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

const service = () => ({ url: server.url, serviceId: server.serviceId });

/** A log-in with recovery words in the place of the password. */
function recover({ loginId }: Person, recoveryWords: string): Promise<Sealpost> {
  return Sealpost.recover({ service: service(), loginId, recoveryWords, newPassword: 'set with words' });
}

async function vaultKeyIn({ storage }: Person): Promise<string> {
  return (JSON.parse((await storage.get('session')) ?? '{}') as { vaultKey: string }).vaultKey;
}

async function kindsOf(client: Sealpost): Promise<string[]> {
  const kinds: string[] = [];
  for await (const { kind } of client.account.events()) kinds.push(kind);
  return kinds;
}

describe('A new vault key', () => {
  it('a new vault key keeps messages and password, and this client goes on; every other session and the old words are over', async () => {
    const [alice, bob] = await newPeople(server, ['alice', 'bob']);
    const phone = await newDevice(server, alice!);
    await bob!.client.send(alice!.loginId, 'before');
    const before = await vaultKeyIn(alice!);
    const { recoveryWords, signedIn } = await alice!.client.account.rekey({
      show: writtenDown,
      password: alice!.password,
    });
    expect([signedIn, recoveryWords.split(' ').length]).toEqual([true, 24]);
    expect(await vaultKeyIn(alice!)).not.toBe(before);
    await bob!.client.send(alice!.loginId, 'after');
    expect(await readTexts(alice!.client)).toEqual(['before', 'after']);
    await alice!.client.send(bob!.loginId, 'hello');
    expect(await readTexts(bob!.client)).toEqual(['before', 'after', 'hello']);
    await expect(phone.sessions.list()).rejects.toMatchObject({ code: 'auth.session-ended' });
    expect((await alice!.client.sessions.list()).map(({ name, current }) => [name, current])).toEqual([
      ["alice's first device", true],
    ]);
    await expect(recover(alice!, alice!.recoveryWords)).rejects.toMatchObject({ code: 'auth.recovery-refused' });
    expect((await recover(alice!, recoveryWords)).userId).toBe(alice!.client.userId);
  });

  it('a new vault key opens with the password on a new device, and after a restart, with all key versions', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.keys.rotate();
    await alice.client.account.rekey({ show: writtenDown, password: alice.password });
    expect(await alice.client.keys.current()).toMatchObject({ version: 3 });
    expect((await alice.client.keys.rotate()).version).toBe(4);
    expect(await kindsOf(alice.client)).toEqual(['keys-rotated', 'logged-in', 'rekeyed', 'keys-rotated', 'registered']);
    const phone = await newDevice(server, alice);
    expect(await phone.keys.list()).toHaveLength(4);
    await alice.client.close();
    expect(await (await restarted(server, alice)).keys.list()).toHaveLength(4);
  });

  it('a new vault key works also where another device has rotated, which this client has not seen', async () => {
    const alice = await newPerson(server, 'alice');
    await (await newDevice(server, alice)).keys.rotate();
    await alice.client.account.rekey({ show: writtenDown, password: alice.password });
    expect((await alice.client.keys.list()).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('a new vault key needs the password, and changes nothing without it', async () => {
    const alice = await newPerson(server, 'alice');
    const before = await vaultKeyIn(alice);
    await expect(alice.client.account.rekey({ show: writtenDown, password: 'guess' })).rejects.toMatchObject({
      code: 'auth.proof-refused',
    });
    expect(await vaultKeyIn(alice)).toBe(before);
    expect(await alice.client.keys.list()).toHaveLength(1);
  });

  it('a new vault key shows the new words before they count, and stops where the user did not write them down', async () => {
    const alice = await newPerson(server, 'alice');
    const show = async (): Promise<void> => Promise.reject(new Error('not written down'));
    await expect(alice.client.account.rekey({ password: alice.password, show })).rejects.toThrow('not written down');
    const unseen = alice.client.account.rekey({ password: alice.password } as never);
    await expect(unseen).rejects.toThrow();
    expect(await alice.client.keys.list()).toHaveLength(1);
    await recover(alice, alice.recoveryWords);
  });

  it('a new vault key is found to be there where its answer got lost', async () => {
    const alice = await newPerson(server, 'alice');
    const lossy = await restarted(server, alice, { fetch: losing(/POST \/v1\/account\/vault-key/, 1) });
    const { recoveryWords, signedIn } = await lossy.account.rekey({ show: writtenDown, password: alice.password });
    expect(signedIn).toBe(true);
    expect(await lossy.keys.list()).toHaveLength(2);
    await recover(alice, recoveryWords);
  });

  it('a new vault key leaves an account that the password opens where the client ends before it has seen an answer', async () => {
    const alice = await newPerson(server, 'alice');
    const lossy = await restarted(server, alice, {
      fetch: losing(/POST \/v1\/auth\/(rekey|challenge)/, Number.POSITIVE_INFINITY),
    });
    await expect(lossy.account.rekey({ show: writtenDown, password: alice.password })).rejects.toMatchObject({
      code: 'client.network',
    });
    const answered = losing(/POST \/v1\/account\/vault-key/, Number.POSITIVE_INFINITY);
    let challenges = 0;
    const dying = await restarted(server, alice, {
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (pathname === '/v1/auth/challenge' && ++challenges > 1) throw new TypeError('fetch failed');
        return answered(input, init);
      },
    });
    await expect(dying.account.rekey({ show: writtenDown, password: alice.password })).rejects.toMatchObject({
      code: 'client.network',
    });
    const { loginId, password } = alice;
    const again = await Sealpost.open({ service: service(), loginId, password, storage: alice.storage.reopen() });
    expect(await again.keys.list()).toHaveLength(2);
    await again.send(loginId, 'note to self');
    expect(await readTexts(again)).toEqual(['note to self']);
  });

  it('a new vault key hands the words out where the log-in afterwards fails, and a later log-in goes on', async () => {
    const alice = await newPerson(server, 'alice');
    const fetching: typeof fetch = async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === '/v1/auth/login') throw new TypeError('fetch failed');
      return fetch(input, init);
    };
    const offline = await restarted(server, alice, { fetch: fetching });
    const { recoveryWords, signedIn } = await offline.account.rekey({ show: writtenDown, password: alice.password });
    expect(signedIn).toBe(false);
    const { loginId, password } = alice;
    const again = await Sealpost.open({ service: service(), loginId, password, storage: alice.storage.reopen() });
    expect(await again.keys.list()).toHaveLength(2);
    await recover(alice, recoveryWords);
  });

  it('a new vault key is not taken back by a server that shows the old account again', async () => {
    const alice = await newPerson(server, 'alice');
    let challenge: Partial<ChallengeJson> = {};
    let login: Partial<LoginJson & VaultJson> = {};
    const remember = lying(/POST \/v1\/auth\/(challenge|login)/, (answer: LoginJson & ChallengeJson, { path }) => {
      if (path.endsWith('challenge')) challenge = { salt: answer.salt, suite: answer.suite };
      else login = { passwordUnlock: answer.passwordUnlock, vault: answer.vault, vaultVersion: answer.vaultVersion };
      return answer;
    });
    await newDevice(server, alice, { fetch: remember });
    await alice.client.account.rekey({ show: writtenDown, password: alice.password });
    const old = lying(/POST \/v1\/auth\/(challenge|login)|GET \/v1\/vault/, (answer: object, { path }) =>
      path.endsWith('challenge') ? { ...answer, ...challenge } : { ...answer, ...login },
    );
    const { loginId, password } = alice;
    const storage = alice.storage.reopen();
    const attempt = Sealpost.open({ service: service(), loginId, password, storage, fetch: old });
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^auth\.login-refused|^vault\./) });
  });
});

describe('Keys under a replaced vault key', () => {
  it('keys that a new vault key declares compromised have their messages refused by whoever has not accepted them yet, and by nobody else', async () => {
    const [alice, bob] = await newPeople(server, ['alice', 'bob']);
    const carol = await newPerson(server, 'carol');
    const message = await alice!.client.send([bob!.loginId, carol.loginId], 'perhaps not by alice');
    expect(await readTexts(bob!.client)).toEqual(['perhaps not by alice']);
    await alice!.client.account.rekey({ show: writtenDown, password: alice!.password, compromised: true });
    await alice!.client.send([bob!.loginId, carol.loginId], 'by alice', { conversationId: message.conversationId });
    expect((await readInbox(carol.client)).map(outcomeOf)).toEqual(['message.compromised-key', 'by alice']);
    await acceptKeys(bob!.client, alice!.client.userId);
    expect(await readTexts(bob!.client, { after: 0 })).toEqual(['perhaps not by alice', 'by alice']);
  });

  it('keys that a new vault key declares compromised are not declared so without the wish', async () => {
    const [alice, bob] = await newPeople(server, ['alice', 'bob']);
    await alice!.client.send(bob!.loginId, 'before');
    await alice!.client.account.rekey({ show: writtenDown, password: alice!.password });
    await alice!.client.send(bob!.loginId, 'after');
    expect((await readInbox(bob!.client)).map(outcomeOf)).toEqual(['before', 'after']);
  });
});
