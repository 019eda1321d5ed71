import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeKeyStatement, encodeBase64Url, LIMITS, requireBase64Url } from '@sealpost/protocol';
import type { KeyChainJson, KeyQueryJson, KeyStatementJson, ProblemJson, UserJson } from '@sealpost/protocol';
import {
  type Answer,
  call,
  expectOk,
  freshUuid,
  registerRequest,
  registerUser,
  rotateRequest,
  sharedServer,
  type TestIdentity,
  type RunningServer,
  type TestUser,
} from '../support/index.js';
import { expectProblem, rotateKeys, statementJson } from '../support/keys-api.js';

let server: RunningServer;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  server = await sharedServer();
  [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
});

const get = <Body = ProblemJson>(path: string): Promise<Answer<Body>> =>
  call<Body>(server, 'GET', path, { token: bob.token });

/** Rotates `count` times and returns the user's identity as it is then. */
async function rotated(user: TestUser, count: number): Promise<TestIdentity> {
  let { identity } = user;
  for (let round = 0; round < count; round++) {
    const next = rotateRequest(identity);
    expect((await rotateKeys(server, user, next.request)).status).toBe(201);
    identity = next.rotated;
  }
  return identity;
}

describe('A look-up of a user', () => {
  it('a user who looks another up finds the loginId with its signature and the newest statement', async () => {
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

  it('a user who looks another up learns after a rotation which version signed the loginId, and which is the newest', async () => {
    const user = await registerUser(server);
    const identity = await rotated(user, 1);
    const { body } = await get<UserJson>(`/v1/users?loginId=${encodeURIComponent(user.loginId)}`);
    expect(body).toMatchObject({ handleKeyVersion: 1, keys: statementJson(identity, 2) });
  });

  it('a user who looks another up is told that there is nobody, for an exact match only', async () => {
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
  ])('a user who looks another up is refused %s', async (_, query) => {
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

  it('the chain of keys has the newest statement in a place of its own', async () => {
    const { status, body } = await get<KeyStatementJson>(`/v1/users/${carol.userId}/keys/newest`);
    expect(status).toBe(200);
    expect(body).toEqual(statementJson(identity, 6));
  });

  it('the chain of keys has every version for ever, as it was signed', async () => {
    for (let version = 1; version <= 6; version++) {
      const { body } = await get<KeyStatementJson>(`/v1/users/${carol.userId}/keys/${version}`);
      expect(body).toEqual(statementJson(identity, version));
      expect('previousSignature' in body).toBe(version > 1);
      // What is in clear is what the signed bytes say.
      const decoded = decodeKeyStatement(requireBase64Url(body.statement, 'statement'));
      expect(decoded).toMatchObject({ version, userId: carol.userId, serviceId: server.serviceId });
    }
  });

  it('the chain of keys is read page by page, without a gap or a repeat', async () => {
    for (const limit of [1, 2, 4, 5, 6, 7]) {
      const versions: number[] = [];
      for (let after: number | undefined = 0; after !== undefined;) {
        const page: KeyChainJson = await expectOk<KeyChainJson>(
          server,
          'GET',
          `/v1/users/${carol.userId}/keys?after=${after}&limit=${limit}`,
          { token: bob.token },
        );
        expect(page.items.length).toBeLessThanOrEqual(limit);
        versions.push(...page.items.map((statement) => statement.version));
        after = page.next;
      }
      expect([limit, versions]).toEqual([limit, [1, 2, 3, 4, 5, 6]]);
    }
  });

  it('the chain of keys starts at the first version, and ends with the newest', async () => {
    const path = `/v1/users/${carol.userId}/keys`;
    const limited = await get<KeyChainJson>(`${path}?limit=2`);
    expect(limited.body).toEqual({ items: [statementJson(identity, 1), statementJson(identity, 2)], next: 2 });
    const rest = await get<KeyChainJson>(`${path}?after=4`);
    expect(rest.body).toEqual({ items: [statementJson(identity, 5), statementJson(identity, 6)] });
    const beyond = await get<KeyChainJson>(`${path}?after=6`);
    expect([beyond.status, beyond.body]).toEqual([200, { items: [] }]);
  });

  it.each([
    'after=-1',
    'after=1.5',
    'after=01',
    'after=',
    'after=2147483648',
    'from=1',
    'limit=0',
    'limit=101',
    'limit=x',
  ])('the chain of keys is not read with %s', async (query) => {
    const problem = expectProblem(await get(`/v1/users/${carol.userId}/keys?${query}`), 400, 'request.invalid');
    expect(problem.errors).toMatchObject([{ parameter: query.split('=')[0] }]);
  });

  it('the chain of keys says what does not exist: the user or the version', async () => {
    const nobody = freshUuid();
    for (const path of ['keys', 'keys?after=1', 'keys?limit=5', 'keys/newest', 'keys/1']) {
      expectProblem(await get(`/v1/users/${nobody}/${path}`), 404, 'keys.user-not-found');
    }
    for (const version of [7, 2 ** 31 - 1]) {
      expectProblem(await get(`/v1/users/${carol.userId}/keys/${version}`), 404, 'keys.version-not-found');
    }
    for (const version of ['0', '-1', '1e3', '2147483648', 'latest']) {
      expectProblem(await get(`/v1/users/${carol.userId}/keys/${version}`), 400, 'request.invalid');
    }
    for (const id of [carol.userId.toUpperCase(), 'me', '00000000-0000-4000-8000-000000000000']) {
      expectProblem(await get(`/v1/users/${id}/keys`), 400, 'request.invalid');
    }
  });

  it('the chain of keys stays readable by id after the account was erased', async () => {
    const gone = await registerUser(server);
    const last = await rotated(gone, 1);
    await server.sql('DELETE FROM handles WHERE user_id = $1', [gone.userId]);
    await server.sql('DELETE FROM accounts WHERE user_id = $1', [gone.userId]);
    await server.sql('DELETE FROM vaults WHERE user_id = $1', [gone.userId]);
    expectProblem(await get(`/v1/users?loginId=${encodeURIComponent(gone.loginId)}`), 404, 'keys.user-not-found');
    expect((await get<KeyStatementJson>(`/v1/users/${gone.userId}/keys/newest`)).body).toEqual(statementJson(last, 2));
    expect((await get<KeyChainJson>(`/v1/users/${gone.userId}/keys`)).body.items).toHaveLength(2);
    expect((await get<KeyStatementJson>(`/v1/users/${gone.userId}/keys/1`)).body).toEqual(statementJson(last, 1));
  });
});

describe('The keys of many users at once', () => {
  const query = (userIds: readonly unknown[]): Promise<Answer<KeyQueryJson>> =>
    call<KeyQueryJson>(server, 'POST', '/v1/keys/query', { token: bob.token, body: { userIds } });

  it('the keys of many users at once come in the order asked for, and those who do not exist are named', async () => {
    const [one, two] = [freshUuid(), freshUuid()];
    const answer = await query([two, bob.userId, one, alice.userId]);
    expect([answer.status, answer.body]).toEqual([
      200,
      { statements: [statementJson(bob.identity), statementJson(alice.identity)], unknownUserIds: [two, one] },
    ]);
  });

  it(`the keys of many users at once come for ${LIMITS.keyQueryUsers} users, and not for more`, async () => {
    const many = Array.from({ length: LIMITS.keyQueryUsers - 1 }, () => freshUuid());
    const answer = await query([alice.userId, ...many]);
    expect(answer.body.statements).toHaveLength(1);
    expect(answer.body.unknownUserIds).toEqual(many);
    expectProblem(await query([alice.userId, bob.userId, ...many]), 400, 'request.invalid');
    expectProblem(await query([]), 400, 'request.invalid');
  });

  it('the keys of many users at once do not come where one is named twice or is no userId', async () => {
    const twice = expectProblem(await query([alice.userId, bob.userId, alice.userId]), 400, 'request.invalid');
    expect(twice.errors).toMatchObject([{ pointer: '/userIds/2' }]);
    for (const wrong of ['', 'alice', 7, null, alice.userId.toUpperCase()]) {
      const problem = expectProblem(await query([bob.userId, wrong]), 400, 'request.invalid');
      expect(problem.errors).toMatchObject([{ pointer: '/userIds/1' }]);
    }
  });
});

describe('Strangers', () => {
  it('strangers without a token see nothing of keys', async () => {
    const body = rotateRequest(alice.identity).request;
    const routes: [string, string, unknown?][] = [
      ['GET', `/v1/users?loginId=${encodeURIComponent(alice.loginId)}`],
      ['GET', `/v1/users/${alice.userId}/keys`],
      ['GET', `/v1/users/${alice.userId}/keys/newest`],
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
