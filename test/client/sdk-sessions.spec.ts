import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, Sealpost, type ClientStorage } from '@sealpost/client';
import { sharedServer, type RunningServer } from '../support/index.js';
import { serviceAnswer } from '../support/service-answers.js';
import {
  acceptKeys,
  lying,
  newDevice,
  newPerson,
  readInbox,
  readMessages,
  readTexts,
  recording,
  restarted,
  outcomeOf,
} from '../support/sdk.js';
import type { SeenExchange } from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

async function spoilAccessToken(storage: ClientStorage): Promise<void> {
  const tokens = JSON.parse((await storage.get('tokens')) ?? '{}') as { accessToken: string };
  const [head = '', payload = ''] = tokens.accessToken.split('.');
  const spoiled = { ...tokens, accessToken: `${head}.${payload}.${'A'.repeat(86)}` };
  await storage.commit(new Map([['tokens', JSON.stringify(spoiled)]]));
}

describe('A session', () => {
  it('a session of a client goes on after a restart, without the password', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.send(alice.loginId, 'Note to self');
    await alice.client.close();
    const again = await restarted(server, alice);
    expect(again.userId).toBe(alice.client.userId);
    expect(await readTexts(again)).toEqual(['Note to self']);
  });

  it('a session of a client renews a token that the server no longer takes, once for all requests at a time', async () => {
    const alice = await newPerson(server, 'alice');
    await spoilAccessToken(alice.storage);
    const seen: SeenExchange[] = [];
    const again = await restarted(server, alice, { fetch: recording(seen) });
    await Promise.all([
      again.sessions.list(),
      again.sessions.list(),
      again.contacts.get(alice.loginId),
      readTexts(again),
    ]);
    expect(seen.filter(({ path }) => path === '/v1/auth/refresh')).toHaveLength(1);
    // The renewed token was kept.
    await again.close();
    expect(await (await restarted(server, alice)).sessions.list()).toHaveLength(1);
  });

  it('a session of a client is listed with its name and can be ended from another device', async () => {
    const alice = await newPerson(server, 'alice');
    const phone = await newDevice(server, alice);
    const sessions = await alice.client.sessions.list();
    expect(sessions.map(({ name, current }) => [name, current]).sort()).toEqual([
      [`alice's first device`, true],
      ['another device', false],
    ]);
    await alice.client.sessions.revoke(sessions.find(({ current }) => !current)?.id ?? '');
    await expect(phone.sessions.list()).rejects.toMatchObject({ code: expect.stringMatching(/^auth\./) });
    expect(await alice.client.sessions.list()).toHaveLength(1);
  });

  it('a session of a client leaves no secret behind when it is ended, but what was seen of others', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.send(bob.loginId, 'Hello');
    await bob.client.send(alice.loginId, 'Hello back');
    expect(await readTexts(alice.client)).toEqual(['Hello', 'Hello back']);
    await alice.client.logout();
    const storage = alice.storage.reopen();
    const text = JSON.stringify(await Promise.all((await storage.keys('')).map((key) => storage.get(key))));
    expect(text).not.toMatch(/vaultKey\b|refreshToken|accessToken/);
    expect(await storage.keys('chain/')).toHaveLength(2);
    await expect(restarted(server, alice)).rejects.toMatchObject({ code: 'client.no-account' });
    // The inbox goes on where it stopped, with no old message as a replay.
    const back = await newDevice(server, alice, { storage });
    expect(await readTexts(back)).toEqual([]);
    expect(await readTexts(back, { after: 0 })).toEqual(['Hello', 'Hello back']);
    await back.logout({ forget: true });
    expect(await storage.reopen().keys('')).toEqual([]);
  });

  it('a session of a client leaves no secret behind either where the server cannot be told, if that is asked for', async () => {
    const alice = await newPerson(server, 'alice');
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
    const offline = await restarted(server, alice, { fetch });
    await expect(offline.logout()).rejects.toMatchObject({ code: 'client.network' });
    expect(await alice.storage.keys('session')).toEqual(['session']);
    await offline.logout({ force: true });
    const storage = alice.storage.reopen();
    expect(await storage.keys('session')).toEqual([]);
    expect(await storage.keys('tokens')).toEqual([]);
  });

  it('a session of a client is refused for another user in the same storage', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const login = newDevice(server, bob, { storage: alice.storage });
    await expect(login).rejects.toMatchObject({ code: 'storage.other-account' });
  });
});

describe('Two devices of one user', () => {
  it('two devices of one user both read what either of them sends', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const phone = await newDevice(server, alice);
    await alice.client.send(bob.loginId, 'From the laptop');
    await phone.send(bob.loginId, 'From the phone');
    await alice.client.send(bob.loginId, 'From the laptop again');
    const texts = ['From the laptop', 'From the phone', 'From the laptop again'];
    for (const reader of [alice.client, phone, bob.client]) {
      const messages = await readMessages(reader);
      expect(messages.map(({ text }) => text)).toEqual(texts);
      expect(messages.flatMap(({ events }) => events)).toEqual([]);
    }
  });

  it('two devices of one user find out that the other one has rotated, when they send and when they read', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const phone = await newDevice(server, alice);
    await phone.send(bob.loginId, 'Version 1');
    await alice.client.keys.rotate();
    await phone.send(bob.loginId, 'Version 2 by now');
    expect((await phone.keys.current()).version).toBe(2);
    await alice.client.keys.rotate();
    await bob.client.send(alice.loginId, 'To version 3');
    expect(await readTexts(phone)).toEqual(['Version 1', 'Version 2 by now', 'To version 3']);
    const bobs = await readMessages(bob.client);
    expect(bobs.map(({ sender, own }) => [sender.keyVersion, own])).toEqual([
      [1, false],
      [2, false],
      [1, true],
    ]);
  });

  it('two devices of one user can rotate at the same time: both get a version of their own', async () => {
    const alice = await newPerson(server, 'alice');
    const phone = await newDevice(server, alice);
    const versions = await Promise.all([alice.client.keys.rotate(), phone.keys.rotate()]);
    expect(versions.map(({ version }) => version).sort()).toEqual([2, 3]);
    expect((await alice.client.keys.list()).map(({ version }) => version)).toEqual([1, 2, 3]);
    await phone.send(alice.loginId, 'Still works');
    expect(await readTexts(alice.client)).toEqual(['Still works']);
  });
});

describe('Keys that have changed', () => {
  it('keys that have changed are taken over and verified when a message is sent: it is encrypted once more', async () => {
    const [alice, bob, cem] = [
      await newPerson(server, 'alice'),
      await newPerson(server, 'bob'),
      await newPerson(server, 'cem'),
    ];
    for (const suite of ['sealpost-v1', 'box', 'sealed-box'] as const) {
      await alice.client.send(bob.loginId, `First in ${suite}`, { suite });
      await bob.client.keys.rotate();
      await bob.client.keys.rotate();
      await alice.client.send(bob.loginId, `Second in ${suite}`, { suite });
    }
    await cem.client.keys.rotate();
    await alice.client.send([bob.loginId, cem.loginId], 'To both');
    const messages = await readMessages(bob.client);
    expect(messages).toHaveLength(7);
    expect(messages.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([]);
    expect(await readTexts(cem.client)).toEqual(['To both']);
  });

  it('keys that have changed end the sending where the server only claims that they have changed', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.send(bob.loginId, 'Fine');
    const stale = {
      type: '/problems/messages.stale-key-version',
      title: 'A key version is not the newest',
      status: 409,
      detail: 'Really',
      instance: 'urn:x',
      code: 'messages.stale-key-version',
      statements: [],
    };
    let claims = 0;
    const again = await restarted(server, alice, {
      fetch: async (input, init) => {
        if (init?.method !== 'POST') return fetch(input, init);
        claims++;
        return serviceAnswer(server.serviceId, 409, stale);
      },
    });
    await expect(again.send(bob.loginId, 'Not sent')).rejects.toMatchObject({ code: 'client.bad-answer' });
    expect(claims).toBe(1);
    expect(await again.outbox.list()).toEqual([]);
  });
});

describe('Compromised keys', () => {
  it('keys that their owner has declared compromised open nothing that was not accepted before', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    await alice.client.send(bob.loginId, 'Read in time');
    expect(await readTexts(bob.client)).toEqual(['Read in time']);
    await alice.client.send(bob.loginId, 'Perhaps from a thief');
    await alice.client.keys.rotate({ earlierKeysCompromised: true });
    await alice.client.send(bob.loginId, 'From Alice again');
    await acceptKeys(bob.client, alice.loginId);
    await bob.client.sharedState.sync();
    const outcomes = async (client: Sealpost, after: number): Promise<unknown[]> =>
      (await readInbox(client, { after })).map(outcomeOf);
    expect(await outcomes(bob.client, 1)).toEqual(['message.compromised-key', 'From Alice again']);
    // What was accepted before stays readable; a new device has accepted nothing yet.
    expect(await outcomes(bob.client, 0)).toEqual(['Read in time', 'message.compromised-key', 'From Alice again']);
    expect(await outcomes(await newDevice(server, bob), 0)).toEqual([
      'message.compromised-key',
      'message.compromised-key',
      'From Alice again',
    ]);
  });
});

describe('A log-in', () => {
  it('a log-in with a wrong password looks like one of an unknown user', async () => {
    const alice = await newPerson(server, 'alice');
    const service = { url: server.url, serviceId: server.serviceId };
    const wrong = await Sealpost.open({ service, loginId: alice.loginId, password: 'wrong' }).catch(codeOf);
    const unknown = await Sealpost.open({ service, loginId: 'nobody-at-all', password: 'wrong' }).catch(codeOf);
    expect([wrong, unknown]).toEqual(['auth.login-refused', 'auth.login-refused']);
  });

  it('a log-in is not begun with what cannot be a loginId or a password', async () => {
    const seen: SeenExchange[] = [];
    const service = { url: server.url, serviceId: server.serviceId };
    for (const wrong of [{ loginId: 'a b c' }, { loginId: 'ab' }, { password: '' }, { password: 'a\u0000b' }]) {
      const given = { service, loginId: 'alice', password: 'secret', fetch: recording(seen), ...wrong };
      await expect(Sealpost.open(given)).rejects.toMatchObject({ code: 'client.invalid-argument' });
      await expect(Sealpost.register(given)).rejects.toMatchObject({ code: 'client.invalid-argument' });
    }
    expect(seen).toEqual([]);
  });

  it('a log-in is not even begun at a server of another name', async () => {
    const seen: SeenExchange[] = [];
    const service = { url: server.url, serviceId: 'another.example' };
    const login = Sealpost.open({ service, loginId: 'alice', password: 'secret', fetch: recording(seen) });
    await expect(login).rejects.toMatchObject({ code: 'client.wrong-service' });
    expect(seen.map(({ path }) => path)).toEqual(['/v1/service']);
  });

  it('a log-in stops before it computes anything where the server names an unknown or a lower suite', async () => {
    const alice = await newPerson(server, 'alice');
    const unknown = newDevice(server, alice, {
      fetch: lying(/challenge/, (answer: object) => ({ ...answer, suite: 3 })),
    });
    await expect(unknown).rejects.toMatchObject({ code: 'login.suite-unknown' });
    const account = JSON.parse((await alice.storage.get('account')) ?? '{}') as object;
    await alice.storage.commit(new Map([['account', JSON.stringify({ ...account, suite: 2 })]]));
    const seen: SeenExchange[] = [];
    const lowered = newDevice(server, alice, { storage: alice.storage, fetch: recording(seen) });
    await expect(lowered).rejects.toMatchObject({ code: 'login.suite-lowered' });
    expect(seen.map(({ path }) => path)).toEqual(['/v1/service', '/v1/auth/challenge']);
  });

  it('a log-in signs no challenge of another length', async () => {
    const alice = await newPerson(server, 'alice');
    const seen: SeenExchange[] = [];
    for (const challenge of ['A'.repeat(42), 'A'.repeat(44), '', 'not base64url!']) {
      const fetch = lying(/challenge/, (answer: object, exchange) => {
        seen.push(exchange);
        return { ...answer, challenge };
      });
      await expect(newDevice(server, alice, { fetch })).rejects.toMatchObject({ code: 'login.challenge-malformed' });
    }
    expect(seen).toHaveLength(4);
  });

  it('a log-in never derives without the account secret that a device holds', async () => {
    const accountSecret = Uint8Array.from({ length: 32 }, (_, index) => index);
    const service = { url: server.url, serviceId: server.serviceId };
    const credentials = { service, loginId: `secretive-${Date.now()}`, password: 'a password of quite nobody' };
    const storage = new MemoryStorage();
    const { client } = await Sealpost.register({ ...credentials, storage, accountSecret });
    await expect(Sealpost.open(credentials)).rejects.toMatchObject({ code: 'auth.login-refused' });
    expect((await Sealpost.open({ ...credentials, accountSecret })).userId).toBe(client.userId);
    expect((await Sealpost.open({ ...credentials, storage })).userId).toBe(client.userId);
    const other = Sealpost.open({ ...credentials, storage, accountSecret: new Uint8Array(32) });
    await expect(other).rejects.toMatchObject({ code: 'login.account-secret-differs' });
  });
});

function codeOf(error: { readonly code?: unknown }): unknown {
  return error.code;
}
