import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { KeyChainJson, KeyStatementJson, RotateRequestJson, VaultJson } from '@sealpost/protocol';
import {
  expectOk,
  registerUser,
  rotateRequest,
  startServer,
  type TestServer,
  type TestUser,
  waitFor,
} from '../support/index.js';
import { expectProblem, rotateKeys, statementJson } from '../support/keys-api.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

const rotate = (user: TestUser, body: RotateRequestJson) => rotateKeys(server, user, body);
const vaultOf = (user: TestUser): Promise<VaultJson> =>
  expectOk<VaultJson>(server, 'GET', '/v1/vault', { token: user.token });
const newestOf = (user: TestUser): Promise<KeyStatementJson> =>
  expectOk<KeyStatementJson>(server, 'GET', `/v1/users/${user.userId}/keys/newest`, { token: user.token });
const chainOf = (user: TestUser): Promise<KeyChainJson> =>
  expectOk<KeyChainJson>(server, 'GET', `/v1/users/${user.userId}/keys?limit=100`, { token: user.token });

describe('A rotation', () => {
  it('a rotation succeeds five times, and the vault follows', async () => {
    const user = await registerUser(server);
    expect(await vaultOf(user)).toMatchObject({ vaultVersion: 1, keyVersion: 1 });
    let { identity } = user;
    for (let version = 2; version <= 6; version++) {
      const next = rotateRequest(identity);
      const answer = await rotate(user, next.request);
      expect([answer.status, answer.body]).toEqual([
        201,
        { keys: statementJson(next.rotated, version), vaultVersion: version },
      ]);
      expect(await vaultOf(user)).toEqual({ vault: next.request.vault, vaultVersion: version, keyVersion: version });
      identity = next.rotated;
    }
  });

  it('a rotation that is repeated is answered with 200 and what is stored, also when it is no longer the newest', async () => {
    const user = await registerUser(server);
    const second = rotateRequest(user.identity);
    const stored = await rotate(user, second.request);
    const repeated = await rotate(user, second.request);
    expect([repeated.status, repeated.body]).toEqual([200, stored.body]);
    await rotate(user, rotateRequest(second.rotated).request);
    const late = await rotate(user, second.request);
    expect([late.status, late.body]).toEqual([200, { keys: stored.body.keys, vaultVersion: 3 }]);
  });

  it('a rotation to another statement of an existing version is a conflict with the head', async () => {
    const user = await registerUser(server);
    const [winner, loser] = [rotateRequest(user.identity), rotateRequest(user.identity)];
    await rotate(user, winner.request);
    const answer = await rotate(user, loser.request);
    const problem = expectProblem(answer, 409, 'keys.version-conflict');
    expect(problem.errors).toMatchObject([{ pointer: '/keys/statement' }]);
    expect(answer.body.head).toEqual(statementJson(winner.rotated, 2));
    expect(answer.body.vaultVersion).toBe(2);
    expect((await vaultOf(user)).vault).toBe(winner.request.vault);
  });

  it('a rotation on a stale vault is a conflict with the head', async () => {
    const user = await registerUser(server);
    const { request } = rotateRequest(user.identity);
    const answer = await rotate(user, { ...request, vaultVersion: 3 });
    expectProblem(answer, 409, 'keys.vault-conflict');
    expect(answer.body).toMatchObject({ head: statementJson(user.identity, 1), vaultVersion: 1 });
    expect((await rotate(user, request)).status).toBe(201);
  });

  it('exactly one of two rotations at once wins, and the other device can build on it', async () => {
    const user = await registerUser(server);
    let { identity } = user;
    for (let round = 0; round < 15; round++) {
      const rivals = [rotateRequest(identity), rotateRequest(identity)];
      const answers = await Promise.all(rivals.map(({ request }) => rotate(user, request)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const winner = rivals[answers.findIndex(({ status }) => status === 201)];
      const loser = answers.find(({ status }) => status === 409);
      if (winner === undefined) throw new Error('One of them has won');
      identity = winner.rotated;
      expect(loser?.body).toMatchObject({
        code: 'keys.version-conflict',
        head: statementJson(identity),
        vaultVersion: identity.vaultVersion,
      });
      expect((await vaultOf(user)).vault).toBe(winner.request.vault);
    }
    expect((await chainOf(user)).items).toHaveLength(16);
  });

  it('a rotation whose database connection is cut in the middle leaves nothing half written', async () => {
    const user = await registerUser(server);
    const { request } = rotateRequest(user.identity);
    const cut = await whileVaultIsLocked(user.userId, () => rotate(user, request));
    expectProblem(cut, 503, 'server.unavailable');
    expect(await newestOf(user)).toEqual(statementJson(user.identity, 1));
    expect((await chainOf(user)).items).toHaveLength(1);
    expect(await vaultOf(user)).toMatchObject({ vaultVersion: 1, keyVersion: 1 });
    expect((await rotate(user, request)).status).toBe(201);
  });
});

/** Runs `send`, which comes to wait for the locked vault in the middle of its transaction, and cuts its connection there. */
async function whileVaultIsLocked<T>(userId: string, send: () => Promise<T>): Promise<T> {
  const blocker = new pg.Client(await server.connection());
  await blocker.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query('SELECT 1 FROM vaults WHERE user_id = $1 FOR UPDATE', [userId]);
    const sent = send();
    const victim = await waitFor(
      async () => {
        const { rows } = await blocker.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows[0]?.pid;
      },
      { what: 'the rotation to wait for the vault' },
    );
    await blocker.query('SELECT pg_terminate_backend($1)', [victim]);
    return await sent;
  } finally {
    await blocker.end();
  }
}
