import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildIdentity, freshUuid, makeGeneration, newest, TEST_SERVICE_ID } from '../../../test/support/index.js';
import type { TestIdentity } from '../../../test/support/index.js';
import { firstKeysOf, type KeysModuleFixture, startKeysModule } from '../../../test/support/keys-module.js';
import { LIMITS } from '@sealpost/protocol';
import { DomainError } from '../../core/errors.js';
import type { FirstKeysRequest } from './key-registry.js';
import { LoginIdTaken, UserIdTaken } from './keys.errors.js';

let fixture: KeysModuleFixture;

beforeAll(async () => {
  fixture = await startKeysModule();
});

afterAll(async () => {
  await fixture.database.stop();
});

/** What the problem of a refusal says. */
function refusalOf(request: FirstKeysRequest): unknown {
  try {
    fixture.registry.verifyFirst(request);
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { status, code, options } = error;
    return { status, code, pointer: options.pointer, ...options.extensions };
  }
}

/** The first keys of an identity whose statement says something else than it should. */
function withStatement(
  identity: TestIdentity,
  statement: NonNullable<Parameters<typeof makeGeneration>[0]['statement']>,
) {
  const { serviceId, userId } = identity;
  const generations = [makeGeneration({ serviceId, userId, statement })];
  return firstKeysOf({ ...identity, generations });
}

describe('the keys of a registration', () => {
  it('the keys of a registration are verified and returned with their hash', () => {
    const identity = buildIdentity();
    const first = fixture.registry.verifyFirst(firstKeysOf(identity));
    expect(first).toMatchObject({ userId: identity.userId, loginId: identity.loginId });
    expect(first.keysHash).toEqual(newest(identity).keysHash);
    expect(first.statement.version).toBe(1);
  });

  it('the keys of a registration may be up to five minutes before or after the time of the server', () => {
    const now = Date.now();
    const identity = buildIdentity();
    const margin = 10_000;
    for (const difference of [margin - LIMITS.statementClockSkewMs, LIMITS.statementClockSkewMs - margin]) {
      expect(refusalOf(withStatement(identity, { createdAt: now + difference }))).toBeNull();
    }
    for (const difference of [-margin - LIMITS.statementClockSkewMs, LIMITS.statementClockSkewMs + margin]) {
      expect(refusalOf(withStatement(identity, { createdAt: now + difference }))).toEqual({
        status: 422,
        code: 'keys.statement-refused',
        pointer: '/keys/statement',
        member: 'createdAt',
        reason: 'wrong-clock',
      });
    }
  });

  const zeros = new Uint8Array(32);

  it.each([
    ['serviceId', { serviceId: 'other.example' }, { member: 'serviceId', reason: 'wrong-service' }],
    ['userId', { userId: freshUuid() }, { member: 'userId', reason: 'wrong-user' }],
    ['version', { version: 2 }, { member: 'version', reason: 'wrong-version' }],
    ['flag', { recovery: true }, { member: 'flags', reason: 'recovery-flag' }],
    ['box key', { boxPublicKey: zeros }, { member: 'boxPublicKey', reason: 'invalid-key', cause: 'low-order' }],
  ])('the keys of a registration are refused with another %s than theirs', (_, statement, refusal) => {
    expect(refusalOf(withStatement(buildIdentity(), statement))).toEqual({
      status: 422,
      code: 'keys.statement-refused',
      pointer: '/keys/statement',
      ...refusal,
    });
  });

  it('the keys of a registration are refused where statement, signature, handle or vault is not what it should be', () => {
    const request = firstKeysOf(buildIdentity());
    const other = firstKeysOf(buildIdentity());
    const { keys } = request;
    const statement = { status: 422, code: 'keys.statement-refused' };
    expect(refusalOf({ ...request, keys: { ...keys, statement: keys.statement.subarray(1) } })).toMatchObject({
      ...statement,
      reason: 'malformed',
      cause: 'wrong-tag',
    });
    expect(refusalOf({ ...request, keys: { ...keys, signature: other.keys.signature } })).toEqual({
      ...statement,
      pointer: '/keys/signature',
      reason: 'wrong-signature',
    });
    const handle = { status: 422, code: 'keys.handle-refused', pointer: '/handleSignature' };
    expect(refusalOf({ ...request, handleSignature: other.handleSignature })).toEqual(handle);
    expect(refusalOf({ ...request, loginId: other.loginId })).toEqual(handle);
    const vault = { status: 422, code: 'keys.vault-refused', pointer: '/vault' };
    const wrongFormat = request.vault.map((byte, index) => (index === 0 ? 2 : byte));
    expect(refusalOf({ ...request, vault: wrongFormat })).toEqual({ ...vault, reason: 'wrong-format' });
    expect(refusalOf({ ...request, vault: request.vault.subarray(0, 179) })).toEqual({ ...vault, reason: 'too-short' });
    const long = new Uint8Array(LIMITS.vaultBytes + 1).fill(1);
    expect(refusalOf({ ...request, vault: long })).toEqual({ ...vault, reason: 'too-long' });
  });
});

describe('a new user', () => {
  it('a new user is found by loginId, with newest statement and vault', async () => {
    const identity = await fixture.install();
    const { registry } = fixture;
    expect(await registry.findUserIdByLoginId(identity.loginId)).toBe(identity.userId);
    expect(await registry.findUserIdByLoginId('nobody@example.org')).toBeNull();
    expect(await registry.getVault(identity.userId)).toMatchObject({ vaultVersion: 1, keyVersion: 1 });
    const other = await fixture.install();
    const statements = await registry.findNewestStatements([other.userId, freshUuid(), identity.userId]);
    expect(statements.map(({ userId, version }) => [userId, version])).toEqual([
      [other.userId, 1],
      [identity.userId, 1],
    ]);
  });

  it('a new user cannot take a loginId or a userId that another has, and nothing of the attempt stays', async () => {
    const { loginId, userId } = await fixture.install();
    const newcomer = buildIdentity().userId;
    await expect(fixture.install({ loginId, userId: newcomer })).rejects.toBeInstanceOf(LoginIdTaken);
    await expect(fixture.install({ userId })).rejects.toBeInstanceOf(UserIdTaken);
    const { rows } = await fixture.database.database.pool.query(
      `SELECT user_id FROM key_heads WHERE user_id = $1 UNION ALL SELECT user_id FROM key_statements WHERE user_id = $1
       UNION ALL SELECT user_id FROM vaults WHERE user_id = $1`,
      [newcomer],
    );
    expect(rows).toEqual([]);
    expect(await fixture.registry.findUserIdByLoginId(loginId)).toBe(userId);
  });

  it('a new user cannot take the userId of an account that was erased', async () => {
    const { loginId, userId } = await fixture.install();
    await fixture.database.database.prisma.handle.delete({ where: { loginId } });
    await expect(fixture.install({ userId })).rejects.toBeInstanceOf(UserIdTaken);
  });

  it.each(['loginId', 'userId'] as const)(
    'a new user wins alone against others who want the same %s at once',
    async (name) => {
      for (let round = 0; round < 10; round++) {
        const wanted = { [name]: buildIdentity()[name] };
        const attempts = await Promise.allSettled(Array.from({ length: 4 }, () => fixture.install(wanted)));
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const losers = attempts
          .filter((attempt) => attempt.status === 'rejected')
          .map(({ reason }) => reason as unknown);
        for (const loser of losers) expect(loser).toBeInstanceOf(name === 'loginId' ? LoginIdTaken : UserIdTaken);
      }
    },
  );

  it('a new user belongs to the configured service', () => {
    expect(buildIdentity().serviceId).toBe(TEST_SERVICE_ID);
  });
});
