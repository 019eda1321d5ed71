import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import type { ProblemJson, TokensJson } from '@sealpost/protocol';
import { call, sharedServer, startServer } from '../support/index.js';
import { newPeople, newPerson, type Person } from '../support/sdk.js';

const server = await sharedServer();
let alice: Person;
let tokens: TokensJson;

beforeAll(async () => {
  alice = await newPerson(server, 'alice');
  tokens = JSON.parse((await alice.storage.get('tokens')) ?? '') as TokensJson;
});

async function boundSessions(person: Person): Promise<boolean[]> {
  const { userId } = person.client;
  const rows = await server.sql<{ bound: boolean }>(
    'SELECT key_thumbprint IS NOT NULL AS bound FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
    [userId],
  );
  return rows.map(({ bound }) => bound);
}

describe('a client', () => {
  it('a client binds every session to a key of its own, however it was opened', async () => {
    const service = { url: server.url, serviceId: server.serviceId };
    const { loginId, password } = alice;
    const second = await Sealpost.open({ service, loginId, password });
    expect(await boundSessions(alice)).toEqual([true, true]);
    await second.logout();
    expect(await boundSessions(alice)).toEqual([true]);
  });

  it('a client proves what outlives an access token, and goes on as if nothing were', async () => {
    const [bob] = await newPeople(server, ['bob']);
    await alice.client.send(bob!.loginId, 'hello');
    for await (const entry of bob!.client.inbox()) expect(entry.kind).toBe('message');
    await bob!.client.keys.rotate();
    await bob!.client.account.changePassword({ password: bob!.password, newPassword: 'another password of Bob' });
    for await (const line of bob!.client.account.export()) expect(line).toBeDefined();
    await bob!.client.logout();
  });

  it('a client lets other tools make a request that needs a proof, each with headers of its own', async () => {
    const [bob] = await newPeople(server, ['bob']);
    const { client } = alice;
    const path = `/v1/blocks/${bob!.client.userId}`;
    const statusOf = async (method: string, headers: Readonly<Record<string, string>>): Promise<number> =>
      (await fetch(`${server.url}${path}`, { method, headers })).status;
    const headers = await client.sessions.authorization('put', path);
    expect(await statusOf('PUT', headers)).toBe(204);
    // Neither again, nor for anything else.
    expect(await statusOf('PUT', headers)).toBe(401);
    expect(await statusOf('DELETE', await client.sessions.authorization('PUT', path))).toBe(401);
    expect(await statusOf('DELETE', await client.sessions.authorization('DELETE', `${server.url}${path}?x`))).toBe(204);
    for (const elsewhere of ['https://evil.example/v1/state', `${server.url}0/v1/state`, 'data:,']) {
      const refused = client.sessions.authorization('GET', elsewhere);
      await expect(refused).rejects.toMatchObject({ code: 'client.origin-refused' });
    }
  });

  it('a client leaves a thief of its tokens with reading and sending', async () => {
    const { accessToken: token, refreshToken } = tokens;
    const refreshed = await call<ProblemJson>(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
    expect(refreshed.body.code).toBe('auth.dpop-required');
    const logout = await call<ProblemJson>(server, 'POST', '/v1/auth/logout', { token });
    expect(logout.body.code).toBe('auth.dpop-required');
    expect((await call(server, 'GET', '/v1/messages', { token })).status).toBe(200);
    expect(await boundSessions(alice)).toEqual([true]);
  });

  it('a client goes on from its storage, and says what to do where the key is gone', async () => {
    const service = { url: server.url, serviceId: server.serviceId };
    const person = await newPerson(server, 'carol');
    await person.client.close();
    const resumed = await Sealpost.open({ service, storage: person.storage.reopen() });
    await resumed.keys.rotate();
    await resumed.close();
    const storage = person.storage.reopen();
    await storage.commit(new Map([['proof-key', null]]));
    const lost = await Sealpost.open({ service, storage });
    await expect(lost.keys.rotate()).rejects.toMatchObject({ code: 'session.key-lost' });
    await lost.logout();
    const { loginId, password } = person;
    const again = await Sealpost.open({ service, loginId, password, storage: storage.reopen() });
    await again.keys.rotate();
  });

  it('a client proves every request where the service asks for it', async () => {
    const strict = await startServer({ env: { SEALPOST_DPOP: 'everywhere' } });
    const [dora, emil] = await newPeople(strict, ['dora', 'emil']);
    await dora!.client.send(emil!.loginId, 'hello');
    const heard = [];
    for await (const entry of emil!.client.inbox({ wait: true })) {
      heard.push(entry.kind);
      break;
    }
    expect(heard).toEqual(['message']);
    const token = await emil!.client.sessions.accessToken();
    expect((await call<ProblemJson>(strict, 'GET', '/v1/messages', { token })).body.code).toBe('auth.dpop-required');
    // What it was given before the restart is no nonce any more.
    await strict.restart();
    await emil!.client.keys.rotate();
  });
});
