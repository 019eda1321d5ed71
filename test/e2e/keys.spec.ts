import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { decodeKeyStatement, encodeBase64Url, LIMITS, requireBase64Url } from '@sealpost/protocol';
import type {
  KeyChainJson,
  KeyQueryJson,
  KeyStatementJson,
  ProblemJson,
  RotateJson,
  RotateRequestJson,
  UserJson,
  VaultJson,
} from '@sealpost/protocol';
import {
  type Answer,
  call,
  expectOk,
  freshUuid,
  registerRequest,
  registerUser,
  rotateRequest,
  signedStatement,
  startServer,
  type TestIdentity,
  type TestServer,
  type TestUser,
  waitFor,
} from '../support/index.js';

type ConflictJson = ProblemJson & { readonly head?: KeyStatementJson; readonly vaultVersion?: number };

let server: TestServer;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  server = await startServer();
  [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
});

const get = <Body = ProblemJson>(path: string, user: TestUser = bob): Promise<Answer<Body>> =>
  call<Body>(server, 'GET', path, { token: user.token });
const rotate = (user: TestUser, body: RotateRequestJson): Promise<Answer<RotateJson & ConflictJson>> =>
  call<RotateJson & ConflictJson>(server, 'POST', '/v1/keys', { token: user.token, body });

/** Rotates `count` times and returns the user's identity as it is then. */
async function rotated(user: TestUser, count: number): Promise<TestIdentity> {
  let { identity } = user;
  for (let round = 0; round < count; round++) {
    const next = rotateRequest(identity);
    expect((await rotate(user, next.request)).status).toBe(201);
    identity = next.rotated;
  }
  return identity;
}

/** What the API says of a version, from what the user's client knows. */
function statementJson(identity: TestIdentity, version = identity.generations.length): KeyStatementJson {
  const generation = identity.generations[version - 1];
  if (generation === undefined) throw new Error(`No version ${version}`);
  const { statement, keysHash } = generation;
  return {
    ...signedStatement(generation),
    keysHash: encodeBase64Url(keysHash),
    userId: identity.userId,
    version,
    createdAt: statement.createdAt,
    recovery: false,
    earlierKeysCompromised: statement.earlierKeysCompromised,
    previousKeysHash: encodeBase64Url(statement.previousKeysHash),
    signingPublicKey: encodeBase64Url(statement.signingPublicKey),
    boxPublicKey: encodeBase64Url(statement.boxPublicKey),
    kemPublicKey: encodeBase64Url(statement.kemPublicKey),
  };
}

function expectProblem(answer: Answer<unknown>, status: number, code: string): ProblemJson {
  const problem = answer.body as ProblemJson;
  expect([answer.status, problem.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return problem;
}

describe('A user who looks another up', () => {
  it('finds the loginId with its signature and the newest statement', async () => {
    const { loginId, identity } = alice;
    const answer = await get<UserJson>(`/v1/users?loginId=${encodeURIComponent(loginId)}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      userId: alice.userId,
      loginId,
      // As the registration sent it: the signature is deterministic.
      handleSignature: registerRequest(identity, encodeBase64Url(new Uint8Array(32))).handleSignature,
      handleKeyVersion: 1,
      keys: statementJson(identity),
    });
  });

  it('learns after a rotation which version signed the loginId, and which is the newest', async () => {
    const user = await registerUser(server);
    const identity = await rotated(user, 1);
    const { body } = await get<UserJson>(`/v1/users?loginId=${encodeURIComponent(user.loginId)}`);
    expect(body).toMatchObject({ handleKeyVersion: 1, keys: statementJson(identity, 2) });
  });

  it('is told that there is nobody, for an exact match only', async () => {
    for (const loginId of ['nobody@example.org', alice.loginId.slice(0, -1), `${alice.loginId}x`, '%%%', '___']) {
      expectProblem(await get(`/v1/users?loginId=${encodeURIComponent(loginId)}`), 404, 'keys.user-not-found');
    }
  });

  it.each([
    ['without a loginId', ''],
    ['with an empty one', '?loginId='],
    ['with one that is not normalised', `?loginId=${encodeURIComponent('Alice@example.org')}`],
    ['with spaces', `?loginId=${encodeURIComponent(' alice')}`],
    ['with a NUL', '?loginId=alice%00'],
    ['with two', '?loginId=alice&loginId=bobby'],
  ])('is refused %s', async (_, query) => {
    const problem = expectProblem(await get(`/v1/users${query}`), 400, 'request.invalid');
    expect(problem.errors).toMatchObject([{ parameter: 'loginId' }]);
  });
});

describe('The chain of keys', () => {
  let carol: TestUser;
  let identity: TestIdentity;

  beforeAll(async () => {
    carol = await registerUser(server);
    identity = await rotated(carol, 5);
  });

  it('answers the newest statement where no page is asked for', async () => {
    const { status, body } = await get<KeyStatementJson>(`/v1/users/${carol.userId}/keys`);
    expect(status).toBe(200);
    expect(body).toEqual(statementJson(identity, 6));
  });

  it('has every version for ever, as it was signed', async () => {
    for (let version = 1; version <= 6; version++) {
      const { body } = await get<KeyStatementJson>(`/v1/users/${carol.userId}/keys/${version}`);
      expect(body).toEqual(statementJson(identity, version));
      expect('previousSignature' in body).toBe(version > 1);
      // What is in clear is what the signed bytes say.
      const decoded = decodeKeyStatement(requireBase64Url(body.statement, 'statement'));
      expect(decoded).toMatchObject({ version, userId: carol.userId, serviceId: server.serviceId });
    }
  });

  it('is read page by page, without a gap or a repeat', async () => {
    for (const limit of [1, 2, 4, 5, 6, 7]) {
      const versions: number[] = [];
      let from: number | undefined = 1;
      while (from !== undefined) {
        const page: KeyChainJson = await expectOk<KeyChainJson>(
          server,
          'GET',
          `/v1/users/${carol.userId}/keys?from=${from}&limit=${limit}`,
          { token: bob.token },
        );
        expect(page.statements.length).toBeLessThanOrEqual(limit);
        versions.push(...page.statements.map((statement) => statement.version));
        from = page.nextFrom;
      }
      expect([limit, versions]).toEqual([limit, [1, 2, 3, 4, 5, 6]]);
    }
  });

  it('starts at the first version where only limit is given, and goes to the end where only from is', async () => {
    const path = `/v1/users/${carol.userId}/keys`;
    const limited = await get<KeyChainJson>(`${path}?limit=2`);
    expect(limited.body).toEqual({ statements: [statementJson(identity, 1), statementJson(identity, 2)], nextFrom: 3 });
    const rest = await get<KeyChainJson>(`${path}?from=5`);
    expect(rest.body).toEqual({ statements: [statementJson(identity, 5), statementJson(identity, 6)] });
    const beyond = await get<KeyChainJson>(`${path}?from=7`);
    expect([beyond.status, beyond.body]).toEqual([200, { statements: [] }]);
  });

  it.each(['from=0', 'from=-1', 'from=1.5', 'from=01', 'from=', 'from=2147483648', 'limit=0', 'limit=101', 'limit=x'])(
    'is not read with %s',
    async (query) => {
      const problem = expectProblem(await get(`/v1/users/${carol.userId}/keys?${query}`), 400, 'request.invalid');
      expect(problem.errors).toMatchObject([{ parameter: query.split('=')[0] }]);
    },
  );

  it('says what does not exist: the user or the version', async () => {
    const nobody = freshUuid();
    for (const path of ['keys', 'keys?from=1', 'keys?limit=5', 'keys/1']) {
      expectProblem(await get(`/v1/users/${nobody}/${path}`), 404, 'keys.user-not-found');
    }
    for (const version of [7, 2 ** 31 - 1]) {
      expectProblem(await get(`/v1/users/${carol.userId}/keys/${version}`), 404, 'keys.version-not-found');
    }
    for (const version of ['0', '-1', '1e3', '2147483648', 'newest']) {
      expectProblem(await get(`/v1/users/${carol.userId}/keys/${version}`), 400, 'request.invalid');
    }
    for (const id of [carol.userId.toUpperCase(), 'me', '00000000-0000-4000-8000-000000000000']) {
      expectProblem(await get(`/v1/users/${id}/keys`), 400, 'request.invalid');
    }
  });

  it('stays readable by id after the account was erased', async () => {
    const gone = await registerUser(server);
    const last = await rotated(gone, 1);
    await server.sql('DELETE FROM handles WHERE user_id = $1', [gone.userId]);
    await server.sql('DELETE FROM accounts WHERE user_id = $1', [gone.userId]);
    await server.sql('DELETE FROM vaults WHERE user_id = $1', [gone.userId]);
    expectProblem(await get(`/v1/users?loginId=${encodeURIComponent(gone.loginId)}`), 404, 'keys.user-not-found');
    expect((await get<KeyStatementJson>(`/v1/users/${gone.userId}/keys`)).body).toEqual(statementJson(last, 2));
    expect((await get<KeyChainJson>(`/v1/users/${gone.userId}/keys?from=1`)).body.statements).toHaveLength(2);
    expect((await get<KeyStatementJson>(`/v1/users/${gone.userId}/keys/1`)).body).toEqual(statementJson(last, 1));
  });
});

describe('The keys of many users at once', () => {
  const query = (userIds: readonly unknown[]): Promise<Answer<KeyQueryJson>> =>
    call<KeyQueryJson>(server, 'POST', '/v1/keys/query', { token: bob.token, body: { userIds } });

  it('come in the order asked for, and those who do not exist are named', async () => {
    const [one, two] = [freshUuid(), freshUuid()];
    const answer = await query([two, bob.userId, one, alice.userId]);
    expect([answer.status, answer.body]).toEqual([
      200,
      { statements: [statementJson(bob.identity), statementJson(alice.identity)], unknownUserIds: [two, one] },
    ]);
  });

  it(`come for ${LIMITS.keyQueryUsers} users, and not for more`, async () => {
    const many = Array.from({ length: LIMITS.keyQueryUsers - 1 }, () => freshUuid());
    const answer = await query([alice.userId, ...many]);
    expect(answer.body.statements).toHaveLength(1);
    expect(answer.body.unknownUserIds).toEqual(many);
    expectProblem(await query([alice.userId, bob.userId, ...many]), 400, 'request.invalid');
    expectProblem(await query([]), 400, 'request.invalid');
  });

  it('do not come where one is named twice or is no userId', async () => {
    const twice = expectProblem(await query([alice.userId, bob.userId, alice.userId]), 400, 'request.invalid');
    expect(twice.errors).toMatchObject([{ pointer: '/userIds/2' }]);
    for (const wrong of ['', 'alice', 7, null, alice.userId.toUpperCase()]) {
      const problem = expectProblem(await query([bob.userId, wrong]), 400, 'request.invalid');
      expect(problem.errors).toMatchObject([{ pointer: '/userIds/1' }]);
    }
  });
});

describe('A rotation', () => {
  it('succeeds five times, and the vault follows', async () => {
    const user = await registerUser(server);
    const first = await get<VaultJson>('/v1/vault', user);
    expect(first.body).toMatchObject({ vaultVersion: 1, keyVersion: 1 });
    let { identity } = user;
    for (let version = 2; version <= 6; version++) {
      const next = rotateRequest(identity);
      const answer = await rotate(user, next.request);
      expect([answer.status, answer.body]).toEqual([
        201,
        { keys: statementJson(next.rotated, version), vaultVersion: version },
      ]);
      const vault = await get<VaultJson>('/v1/vault', user);
      expect(vault.body).toEqual({ vault: next.request.vault, vaultVersion: version, keyVersion: version });
      identity = next.rotated;
    }
  });

  it('that is repeated is answered with 200 and what is stored, also when it is no longer the newest', async () => {
    const user = await registerUser(server);
    const second = rotateRequest(user.identity);
    const stored = await rotate(user, second.request);
    const repeated = await rotate(user, second.request);
    expect([repeated.status, repeated.body]).toEqual([200, stored.body]);
    await rotate(user, rotateRequest(second.rotated).request);
    const late = await rotate(user, second.request);
    expect([late.status, late.body]).toEqual([200, { keys: stored.body.keys, vaultVersion: 3 }]);
  });

  it('to another statement of an existing version is a conflict with the head', async () => {
    const user = await registerUser(server);
    const [winner, loser] = [rotateRequest(user.identity), rotateRequest(user.identity)];
    await rotate(user, winner.request);
    const answer = await rotate(user, loser.request);
    const problem = expectProblem(answer, 409, 'keys.version-conflict');
    expect(problem.errors).toMatchObject([{ pointer: '/keys/statement' }]);
    expect(answer.body.head).toEqual(statementJson(winner.rotated, 2));
    expect(answer.body.vaultVersion).toBe(2);
    expect((await get<VaultJson>('/v1/vault', user)).body.vault).toBe(winner.request.vault);
  });

  it('on a stale vault is a conflict with the head', async () => {
    const user = await registerUser(server);
    const { request } = rotateRequest(user.identity);
    const answer = await rotate(user, { ...request, vaultVersion: 3 });
    expectProblem(answer, 409, 'keys.vault-conflict');
    expect(answer.body).toMatchObject({ head: statementJson(user.identity, 1), vaultVersion: 1 });
    expect((await rotate(user, request)).status).toBe(201);
  });

  it('of two devices at once wins exactly one, and the other can build on it', async () => {
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
      const vault = await get<VaultJson>('/v1/vault', user);
      expect(vault.body.vault).toBe(winner.request.vault);
    }
    expect((await get<KeyChainJson>(`/v1/users/${user.userId}/keys?limit=100`)).body.statements).toHaveLength(16);
  });

  it('whose database connection is cut in the middle leaves nothing half written', async () => {
    const user = await registerUser(server);
    const { request } = rotateRequest(user.identity);
    const cut = await whileVaultIsLocked(user.userId, () => rotate(user, request));
    expectProblem(cut, 503, 'server.unavailable');
    expect((await get<KeyStatementJson>(`/v1/users/${user.userId}/keys`)).body).toEqual(
      statementJson(user.identity, 1),
    );
    expect((await get<KeyChainJson>(`/v1/users/${user.userId}/keys?from=1`)).body.statements).toHaveLength(1);
    expect((await get<VaultJson>('/v1/vault', user)).body).toMatchObject({ vaultVersion: 1, keyVersion: 1 });
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

describe('Strangers', () => {
  it('see nothing of this', async () => {
    const body = rotateRequest(alice.identity).request;
    const routes: [string, string, unknown?][] = [
      ['GET', `/v1/users?loginId=${encodeURIComponent(alice.loginId)}`],
      ['GET', `/v1/users/${alice.userId}/keys`],
      ['GET', `/v1/users/${alice.userId}/keys?from=1`],
      ['GET', `/v1/users/${alice.userId}/keys/1`],
      ['POST', '/v1/keys/query', { userIds: [alice.userId] }],
      ['POST', '/v1/keys', body],
      ['GET', '/v1/vault'],
    ];
    for (const [method, path, content] of routes) {
      const options = content === undefined ? {} : { body: content };
      expectProblem(await call(server, method, path, options), 401, 'auth.unauthenticated');
      const token = `${alice.token.slice(0, -4)}AAAA`;
      expectProblem(await call(server, method, path, { ...options, token }), 401, 'auth.unauthenticated');
    }
  });
});
