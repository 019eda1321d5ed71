import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, Sealpost, type RecoverOptions } from '@sealpost/client';
import type { AccountEventJson, ChallengeJson, OpenRecoveryJson } from '@sealpost/protocol';
import { sharedServer } from '../support/index.js';
import type { RunningServer } from '../support/index.js';
import { flipLast, losing, lying, newDevice, newPerson, readTexts, restarted } from '../support/sdk.js';
import type { Person } from '../support/sdk.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

const freshLoginId = (): string => `moved-${randomBytes(5).toString('hex')}`;
const NEW_PASSWORD = 'quite another passphrase';

function recoverOptions(person: Person, options: Partial<RecoverOptions> = {}): RecoverOptions {
  const { loginId, recoveryWords } = person;
  const service = { url: server.url, serviceId: server.serviceId };
  const retry = { firstDelayMs: 5, longestDelayMs: 50 };
  return { service, retry, loginId, recoveryWords, newPassword: NEW_PASSWORD, ...options };
}

async function kindsOf(client: Sealpost): Promise<string[]> {
  const events: AccountEventJson[] = [];
  for await (const event of client.account.events()) events.push(event);
  return events.map(({ kind }) => kind);
}

describe('A new password', () => {
  it('a new password opens the account with all messages, and the old one no more', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'before');
    await alice.client.account.changePassword({ password: alice.password, newPassword: NEW_PASSWORD });
    await bob.client.send(alice.loginId, 'after');
    expect(await readTexts(alice.client)).toEqual(['before', 'after']);
    await expect(newDevice(server, alice)).rejects.toMatchObject({ code: 'auth.login-refused' });
    const laptop = await newDevice(server, { ...alice, password: NEW_PASSWORD });
    expect(await readTexts(laptop)).toEqual(['before', 'after']);
    expect(await kindsOf(laptop)).toEqual(['logged-in', 'password-changed', 'registered']);
  });

  it('a new password ends the other devices, which go on with it', async () => {
    const alice = await newPerson(server, 'alice');
    const storage = new MemoryStorage();
    const phone = await newDevice(server, alice, { storage });
    await alice.client.account.changePassword({ password: alice.password, newPassword: NEW_PASSWORD });
    await expect(phone.sessions.list()).rejects.toMatchObject({ code: 'auth.session-ended' });
    const again = await newDevice(server, { ...alice, password: NEW_PASSWORD }, { storage: storage.reopen() });
    expect(await again.sessions.list()).toHaveLength(2);
  });

  it('a new password is refused with a wrong present one', async () => {
    const alice = await newPerson(server, 'alice');
    const attempt = alice.client.account.changePassword({ password: 'guess', newPassword: NEW_PASSWORD });
    await expect(attempt).rejects.toMatchObject({ code: 'auth.proof-refused' });
    await newDevice(server, alice);
  });

  it.each([1, 2])('a new password is known to be set where %d answers were lost', async (lost) => {
    const alice = await newPerson(server, 'alice');
    const client = await restarted(server, alice, { fetch: losing(/POST \/v1\/account\/password/, lost) });
    await client.account.changePassword({ password: alice.password, newPassword: NEW_PASSWORD });
    expect((await client.account.get()).credentialVersion).toBe(2);
    await newDevice(server, { ...alice, password: NEW_PASSWORD });
  });

  it('a new password of two devices at once is set by one, and the other one is told', async () => {
    const alice = await newPerson(server, 'alice');
    const phone = await newDevice(server, alice);
    const change = (client: Sealpost, newPassword: string) =>
      client.account.changePassword({ password: alice.password, newPassword });
    const outcomes = await Promise.allSettled([
      change(alice.client, 'passphrase of the laptop'),
      change(phone, 'passphrase of the phone'),
    ]);
    const winners = outcomes.map(({ status }) => status === 'fulfilled');
    expect(winners.filter(Boolean)).toHaveLength(1);
    await newDevice(server, {
      ...alice,
      password: winners[0] === true ? 'passphrase of the laptop' : 'passphrase of the phone',
    });
  });

  it('a new password goes with the account secret that the device holds', async () => {
    const accountSecret = new Uint8Array(randomBytes(32));
    const alice = await newPerson(server, 'alice');
    const secretive = { ...alice, loginId: freshLoginId(), storage: new MemoryStorage() };
    const service = { url: server.url, serviceId: server.serviceId };
    const { loginId, password, storage } = secretive;
    const { client } = await Sealpost.register({ service, storage, loginId, password, accountSecret });
    await client.account.changePassword({ password, newPassword: NEW_PASSWORD });
    const login = { service, loginId, password: NEW_PASSWORD };
    await expect(Sealpost.open(login)).rejects.toMatchObject({ code: 'auth.login-refused' });
    await Sealpost.open({ ...login, accountSecret });
  });
});

describe('A new loginId', () => {
  it('a new loginId leads to the same user, who keeps the old contacts and messages', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'to the old one');
    const newLoginId = freshLoginId();
    await alice.client.account.changeLoginId({ password: alice.password, newLoginId: newLoginId.toUpperCase() });
    expect(alice.client.loginId).toBe(newLoginId);
    await bob.client.send(alice.loginId, 'to the pinned user');
    await bob.client.send(newLoginId, 'to the new one');
    expect(await readTexts(alice.client)).toEqual(['to the old one', 'to the pinned user', 'to the new one']);
    expect((await bob.client.contacts.get(newLoginId)).userId).toBe(alice.client.userId);
    const again = await restarted(server, alice);
    expect(again.loginId).toBe(newLoginId);
    await again.account.changePassword({ password: alice.password, newPassword: NEW_PASSWORD });
    const moved = { ...alice, loginId: newLoginId, password: NEW_PASSWORD };
    expect(await readTexts(await newDevice(server, moved))).toHaveLength(3);
  });

  it('a new loginId that somebody else takes over afterwards is a blocking warning for old contacts', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'hello');
    await alice.client.account.changeLoginId({ password: alice.password, newLoginId: freshLoginId() });
    const service = { url: server.url, serviceId: server.serviceId };
    await Sealpost.register({ service, loginId: alice.loginId, password: 'a password of quite nobody' });
    await expect(bob.client.contacts.get(alice.loginId)).rejects.toMatchObject({ code: 'contact.login-id-rebound' });
  });

  it('a new loginId is accepted by the user’s other device, and another user’s is not', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const storage = new MemoryStorage();
    await newDevice(server, alice, { storage });
    const newLoginId = freshLoginId();
    await alice.client.account.changeLoginId({ password: alice.password, newLoginId });
    const device = await newDevice(server, { ...alice, loginId: newLoginId }, { storage: storage.reopen() });
    expect(device.loginId).toBe(newLoginId);
    const asBob = newDevice(server, bob, { storage: storage.reopen() });
    await expect(asBob).rejects.toMatchObject({ code: 'storage.other-account' });
    // The session that the server had opened is ended again.
    expect(await bob.client.sessions.list()).toHaveLength(1);
  });

  it('a new loginId is signed by the newest key also where another device has just rotated', async () => {
    const alice = await newPerson(server, 'alice');
    const phone = await newDevice(server, alice);
    await phone.keys.rotate();
    const newLoginId = freshLoginId();
    await alice.client.account.changeLoginId({ password: alice.password, newLoginId });
    const bob = await newPerson(server, 'bob');
    expect(await bob.client.contacts.get(newLoginId)).toMatchObject({ userId: alice.client.userId, keyVersion: 2 });
  });
});

describe('The recovery words', () => {
  it('the recovery words give the account another loginId as well, which its newest key has signed', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.keys.rotate();
    const newLoginId = `${alice.loginId}-2`;
    const recovered = await Sealpost.recover(recoverOptions(alice, { newLoginId }));
    expect([recovered.loginId, recovered.userId]).toEqual([newLoginId, alice.client.userId]);
    // Looking it up verifies the signature.
    expect(await bob.client.contacts.get(newLoginId)).toMatchObject({ userId: alice.client.userId });
    const again = await newDevice(server, { ...alice, loginId: newLoginId, password: NEW_PASSWORD });
    expect(await kindsOf(again)).toEqual(expect.arrayContaining(['login-id-changed', 'recovered']));
  });

  it('the recovery words set the password also where the new loginId is refused, and then leave no session behind', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const taken = Sealpost.recover(recoverOptions(alice, { newLoginId: bob.loginId }));
    await expect(taken).rejects.toMatchObject({ code: 'auth.login-id-taken' });
    const again = await newDevice(server, { ...alice, password: NEW_PASSWORD });
    expect(await again.sessions.list()).toHaveLength(1);
    const same = Sealpost.recover(recoverOptions(alice, { newLoginId: alice.loginId }));
    await expect(same).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });

  it('the recovery words set a new password on a new device, which reads everything', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'one');
    await alice.client.keys.rotate();
    await bob.client.send(alice.loginId, 'two');
    const recovered = await Sealpost.recover(recoverOptions(alice, { sessionName: 'rescue' }));
    expect(recovered.userId).toBe(alice.client.userId);
    expect(await readTexts(recovered)).toEqual(['one', 'two']);
    await expect(alice.client.sessions.list()).rejects.toMatchObject({ code: 'auth.session-ended' });
    await expect(newDevice(server, alice)).rejects.toMatchObject({ code: 'auth.login-refused' });
    expect(await kindsOf(recovered)).toEqual([
      'logged-in',
      'recovered',
      'recovery-opened',
      'keys-rotated',
      'registered',
    ]);
    // They go on to work.
    await Sealpost.recover(recoverOptions(alice, { newPassword: 'yet another passphrase' }));
    await newDevice(server, { ...alice, password: 'yet another passphrase' });
  });

  it('the recovery words keep what the device has seen before', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.contacts.get(bob.loginId);
    const recovered = await Sealpost.recover(recoverOptions(alice, { storage: alice.storage.reopen() }));
    expect(await recovered.contacts.get(bob.loginId)).toMatchObject({ userId: bob.client.userId });
    const foreign = Sealpost.recover(recoverOptions(bob, { storage: alice.storage.reopen() }));
    await expect(foreign).rejects.toMatchObject({ code: 'storage.other-account' });
  });

  it('the recovery words that are wrong, or for nobody, are refused alike; malformed ones never leave the client', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const { recoveryWords } = bob;
    for (const loginId of [alice.loginId, freshLoginId()]) {
      const attempt = Sealpost.recover(recoverOptions(alice, { loginId, recoveryWords }));
      await expect(attempt).rejects.toMatchObject({ code: 'auth.recovery-refused', status: 401 });
    }
    const words = alice.recoveryWords.split(' ');
    for (const malformed of ['', words.slice(1).join(' '), ['zebra', ...words.slice(1)].reverse().join(' ')]) {
      const attempt = Sealpost.recover(
        recoverOptions(alice, {
          recoveryWords: malformed,
          fetch: () => Promise.reject(new Error('The words have left the client')),
        }),
      );
      await expect(attempt).rejects.toMatchObject({ code: 'client.invalid-argument' });
    }
    await newDevice(server, alice);
  });

  it('the recovery words are replaced by new ones, which are shown before they count', async () => {
    const alice = await newPerson(server, 'alice');
    const seen: string[] = [];
    const show = async (words: string): Promise<void> => {
      seen.push(words);
      // Until then the old ones count.
      expect((await alice.client.account.get()).credentialVersion).toBe(1);
    };
    const recoveryWords = await alice.client.account.replaceRecoveryKey({ password: alice.password, show });
    expect(seen).toEqual([recoveryWords]);
    await expect(Sealpost.recover(recoverOptions(alice))).rejects.toMatchObject({ code: 'auth.recovery-refused' });
    await Sealpost.recover(recoverOptions(alice, { recoveryWords }));
  });

  it('the recovery words stay the old ones where the user does not write the new ones down', async () => {
    const alice = await newPerson(server, 'alice');
    const show = () => Promise.reject(new Error('Cancelled'));
    const attempt = alice.client.account.replaceRecoveryKey({ password: alice.password, show });
    await expect(attempt).rejects.toThrow('Cancelled');
    await Sealpost.recover(recoverOptions(alice));
  });

  it.each([1, 2])('the recovery words do what they did where %d answers were lost', async (lost) => {
    const alice = await newPerson(server, 'alice');
    const client = await restarted(server, alice, { fetch: losing(/PUT \/v1\/account\/recovery-key/, lost) });
    const show = async (): Promise<void> => undefined;
    const recoveryWords = await client.account.replaceRecoveryKey({ password: alice.password, show });
    expect((await client.account.get()).credentialVersion).toBe(2);
    const fetch = losing(/POST \/v1\/auth\/recovery/, lost);
    const recovered = await Sealpost.recover(recoverOptions(alice, { recoveryWords, fetch }));
    expect((await recovered.account.get()).credentialVersion).toBe(3);
  });
});

describe('A server that lies about an account', () => {
  it('a server that lies about an account cannot have a password set for another vault key than that of the vault', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    let others: OpenRecoveryJson | undefined;
    const overhear = lying(/recovery\/open/, (answer: OpenRecoveryJson) => (others = answer));
    await Sealpost.recover(recoverOptions(bob, { fetch: overhear }));
    const attempts = [
      [(answer: OpenRecoveryJson) => ({ ...answer, vault: others?.vault }), 'vault.refused'],
      [
        (answer: OpenRecoveryJson) => ({ ...answer, recoveryUnlock: flipLast(answer.recoveryUnlock) }),
        'vault.unlock-refused',
      ],
      [(answer: OpenRecoveryJson) => ({ ...answer, userId: others?.userId }), 'vault.unlock-refused'],
    ] as const;
    for (const [change, code] of attempts) {
      const fetch = lying(/recovery\/open/, change);
      await expect(Sealpost.recover(recoverOptions(alice, { fetch }))).rejects.toMatchObject({ code });
    }
    await newDevice(server, alice);
  });

  it('a server that lies about an account cannot lower the password suite, nor have something else signed than a challenge', async () => {
    const alice = await newPerson(server, 'alice');
    const change = (client: Sealpost) =>
      client.account.changePassword({ password: alice.password, newPassword: NEW_PASSWORD });
    const lies = [
      [(answer: ChallengeJson) => ({ ...answer, suite: 0 }), 'login.suite-unknown'],
      [(answer: ChallengeJson) => ({ ...answer, challenge: answer.challenge + 'AAAA' }), 'login.challenge-malformed'],
    ] as const;
    for (const [lie, code] of lies) {
      const fetch = lying(/auth\/challenge/, lie);
      await expect(change(await restarted(server, alice, { fetch }))).rejects.toMatchObject({ code });
    }
  });
});
