import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '@sealpost/protocol';
import { newest, rotateRequest, waitFor } from '../../../test/support/index.js';
import type { TestIdentity } from '../../../test/support/index.js';
import { decodeRotation, type KeysModuleFixture, startKeysModule } from '../../../test/support/keys-module.js';
import { NO_ACTOR } from '../../core/accounts/index.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import { DomainError } from '../../core/errors.js';
import type { RotationRequest, RotationResult } from './keys.service.js';

let fixture: KeysModuleFixture;

beforeAll(async () => {
  fixture = await startKeysModule();
});

afterAll(async () => {
  await fixture.database.stop();
});

afterEach(() => {
  fixture.clock.offset = 0;
});

interface Prepared {
  readonly request: RotationRequest;
  readonly rotated: TestIdentity;
}

function prepare(identity: TestIdentity, options?: Parameters<typeof rotateRequest>[1]): Prepared {
  const { request, rotated } = rotateRequest(identity, options);
  return { request: decodeRotation(request), rotated };
}

const rotate = (identity: TestIdentity, request: RotationRequest): Promise<RotationResult> =>
  fixture.keys.rotate(identity.userId, request, NO_ACTOR);

/** What the problem of a refusal says. */
async function refusalOf(rotation: Promise<unknown>): Promise<Record<string, unknown> | null> {
  try {
    await rotation;
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { status, code, options } = error;
    return { status, code, pointer: options.pointer, ...options.extensions };
  }
}

/** Everything that the database holds of a user's keys. */
async function storedOf({ userId }: TestIdentity): Promise<unknown> {
  const { rows } = await fixture.database.database.pool.query<Record<string, unknown>>(
    `SELECT h.version AS head, h.keys_hash AS hash, v.vault_version, v.key_version, v.vault,
            (SELECT array_agg(s.keys_hash ORDER BY s.version) FROM key_statements s WHERE s.user_id = h.user_id) AS chain
       FROM key_heads h JOIN vaults v ON v.user_id = h.user_id WHERE h.user_id = $1`,
    [userId],
  );
  return rows;
}

describe('a rotation', () => {
  it('a rotation succeeds again and again, and every version stays readable', async () => {
    let identity = await fixture.install();
    for (let version = 2; version <= 6; version++) {
      const { request, rotated } = prepare(identity);
      const result = await rotate(identity, request);
      expect(result).toMatchObject({ created: true, vaultVersion: version });
      expect(result.statement.keysHash).toEqual(newest(rotated).keysHash);
      identity = rotated;
      expect(await fixture.keys.getVault(identity.userId)).toEqual({
        vault: request.vault,
        vaultVersion: version,
        keyVersion: version,
      });
    }
    for (const generation of identity.generations) {
      const stored = await fixture.lookups.getVersion(identity.userId, generation.statement.version);
      expect(stored.statement).toEqual(generation.statementBytes);
    }
  });

  it('a rotation that is repeated gets what is stored, whatever has happened since', async () => {
    const identity = await fixture.install();
    const second = prepare(identity);
    await rotate(identity, second.request);
    const third = prepare(second.rotated);
    await rotate(identity, third.request);
    const before = await storedOf(identity);
    // Long after, with another vault, and although it is no longer the newest.
    fixture.clock.offset = 10 * LIMITS.statementClockSkewMs;
    for (const { request, rotated } of [second, third]) {
      const repeated = await rotate(identity, { ...request, vault: third.request.vault.toReversed().fill(1, 0, 1) });
      expect(repeated).toMatchObject({ created: false, vaultVersion: 3 });
      expect(repeated.statement.keysHash).toEqual(newest(rotated).keysHash);
    }
    expect(await storedOf(identity)).toEqual(before);
  });

  it('a rotation to another statement for an existing version is a conflict that tells the head', async () => {
    const identity = await fixture.install();
    const [winner, loser] = [prepare(identity), prepare(identity)];
    await rotate(identity, winner.request);
    const before = await storedOf(identity);
    const conflict = await refusalOf(rotate(identity, loser.request));
    expect(conflict).toMatchObject({
      status: 409,
      code: 'keys.version-conflict',
      pointer: '/keys/statement',
      head: { version: 2, userId: identity.userId },
      vaultVersion: 2,
    });
    const third = prepare(winner.rotated);
    await rotate(identity, third.request);
    expect(await refusalOf(rotate(identity, loser.request))).toMatchObject({ head: { version: 3 }, vaultVersion: 3 });
    expect(await storedOf(identity)).not.toEqual(before);
  });

  it('a rotation with a vaultVersion that is not the next one is a conflict', async () => {
    const identity = await fixture.install();
    const { request } = prepare(identity);
    const before = await storedOf(identity);
    for (const vaultVersion of [1, 3, 1000]) {
      expect(await refusalOf(rotate(identity, { ...request, vaultVersion }))).toMatchObject({
        status: 409,
        code: 'keys.vault-conflict',
        pointer: '/vaultVersion',
        head: { version: 1 },
        vaultVersion: 1,
      });
    }
    expect(await storedOf(identity)).toEqual(before);
  });

  const refused = { status: 422, code: 'keys.statement-refused', pointer: '/keys/statement' };

  it('a rotation that leaves a version out, or has the recovery flag, is refused', async () => {
    const identity = await fixture.install();
    const gap = prepare(prepare(identity).rotated);
    expect(await refusalOf(rotate(identity, { ...gap.request, vaultVersion: 2 }))).toEqual({
      ...refused,
      member: 'version',
      reason: 'wrong-version',
    });
    const recovery = prepare(identity, { statement: { recovery: true } });
    expect(await refusalOf(rotate(identity, recovery.request))).toEqual({
      ...refused,
      member: 'flags',
      reason: 'recovery-not-allowed',
    });
    const { previousSignature, ...keys } = prepare(identity).request.keys;
    expect(previousSignature).toBeDefined();
    expect(await refusalOf(rotate(identity, { ...prepare(identity).request, keys }))).toEqual({
      ...refused,
      member: 'flags',
      reason: 'recovery-flag',
    });
  });

  it.each(['signingPublicKey', 'boxPublicKey', 'kemPublicKey'] as const)(
    'a rotation that brings the %s of any earlier version back is refused',
    async (name) => {
      let identity = await fixture.install();
      const [first] = identity.generations;
      for (let count = 0; count < 3; count++) {
        const { request, rotated } = prepare(identity);
        await rotate(identity, request);
        identity = rotated;
      }
      const statement = { [name]: first?.statement[name] };
      expect(await refusalOf(rotate(identity, prepare(identity, { statement }).request))).toEqual({
        ...refused,
        member: name,
        reason: 'reused-key',
      });
    },
  );

  it('a rotation of a user by another is refused, and so is one for another service', async () => {
    const [identity, other] = [await fixture.install(), await fixture.install()];
    const before = await storedOf(identity);
    expect(await refusalOf(rotate(other, prepare(identity).request))).toEqual({
      ...refused,
      member: 'userId',
      reason: 'wrong-user',
    });
    const elsewhere = prepare(identity, { statement: { serviceId: 'other.example' } });
    expect(await refusalOf(rotate(identity, elsewhere.request))).toMatchObject({ reason: 'wrong-service' });
    expect(await storedOf(identity)).toEqual(before);
  });

  it('a rotation is accepted up to five minutes from the time of the server, and not beyond', async () => {
    const margin = 10_000;
    for (const sign of [-1, 1]) {
      const identity = await fixture.install();
      const { request } = prepare(identity);
      fixture.clock.offset = sign * (LIMITS.statementClockSkewMs + margin);
      expect(await refusalOf(rotate(identity, request))).toEqual({
        ...refused,
        member: 'createdAt',
        reason: 'wrong-clock',
      });
      fixture.clock.offset = sign * (LIMITS.statementClockSkewMs - margin);
      expect(await refusalOf(rotate(identity, request))).toBeNull();
      fixture.clock.offset = 0;
    }
  });

  it('a rotation goes on by a millisecond at a time where the clock was far ahead when the version before was made', async () => {
    let identity = await fixture.install();
    const ahead = 30 * 24 * 3600_000;
    fixture.clock.offset = ahead;
    const wrong = prepare(identity, { statement: { createdAt: Date.now() + ahead } });
    expect(await refusalOf(rotate(identity, wrong.request))).toBeNull();
    fixture.clock.offset = 0;
    identity = wrong.rotated;
    const { createdAt } = newest(identity).statement;
    const leap = prepare(identity, { statement: { createdAt: createdAt + 2 } });
    expect(await refusalOf(rotate(identity, leap.request))).toMatchObject({ reason: 'wrong-clock' });
    const back = prepare(identity, { statement: { createdAt } });
    expect(await refusalOf(rotate(identity, back.request))).toMatchObject({ reason: 'not-later' });
    for (const step of [1, 2]) {
      const next = prepare(identity, { statement: { createdAt: createdAt + step } });
      expect(await refusalOf(rotate(identity, next.request))).toBeNull();
      identity = next.rotated;
    }
  });

  it('exactly one of two rotations at once wins, and the other learns the head', async () => {
    let identity = await fixture.install();
    for (let round = 0; round < 25; round++) {
      const rivals = Array.from({ length: 3 }, () => prepare(identity));
      const outcomes = await Promise.allSettled(rivals.map(({ request }) => rotate(identity, request)));
      const winners = rivals.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      const [winner] = winners as [Prepared];
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toMatchObject({
          code: 'keys.version-conflict',
          options: { extensions: { head: { version: round + 2 }, vaultVersion: round + 2 } },
        });
      }
      const vault = await fixture.keys.getVault(identity.userId);
      expect(vault).toEqual({ vault: winner.request.vault, vaultVersion: round + 2, keyVersion: round + 2 });
      identity = winner.rotated;
    }
  });

  it('a rotation that is sent twice at once is stored once, and both get it', async () => {
    const identity = await fixture.install();
    const { request } = prepare(identity);
    const results = await Promise.all([
      rotate(identity, request),
      rotate(identity, request),
      rotate(identity, request),
    ]);
    expect(results.map(({ created }) => created).sort()).toEqual([false, false, true]);
    expect(await fixture.lookups.getNewest(identity.userId)).toMatchObject({ version: 2 });
  });
});

describe('a rotation that is cut off', () => {
  it('a rotation whose database connection is cut in the middle leaves nothing half written, and can be sent again', async () => {
    const identity = await fixture.install();
    const before = await storedOf(identity);
    const { request } = prepare(identity);
    const { pool } = fixture.database.database;
    const blocker = await pool.connect();
    try {
      // The statement and the head are written before the vault: the lock stops the rotation in between.
      await blocker.query('BEGIN');
      await blocker.query('SELECT 1 FROM vaults WHERE user_id = $1 FOR UPDATE', [identity.userId]);
      const rotation = rotate(identity, request).then(
        () => 'committed',
        (error: unknown) => (isDatabaseUnavailable(error) ? 'unavailable' : error),
      );
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
      expect(await rotation).toBe('unavailable');
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
    expect(await storedOf(identity)).toEqual(before);
    expect(await rotate(identity, request)).toMatchObject({ created: true, vaultVersion: 2 });
  });
});
