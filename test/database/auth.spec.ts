import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountsRepository } from '../../src/modules/auth/accounts/accounts.repository.js';
import type { Account } from '../../src/modules/auth/accounts/accounts.repository.js';
import { UsedChallengesRepository } from '../../src/modules/auth/proofs/used-challenges.repository.js';
import { InvitationsRepository } from '../../src/modules/auth/registration/invitations.repository.js';
import { PrismaSessionsRepository } from '../../src/modules/auth/sessions/prisma-sessions.repository.js';
import { freshUuid } from '../support/identity.js';
import { startTestDatabase } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { waitFor } from '../support/wait-for.js';

const HOUR = 3_600_000;
let test: TestDatabase;
let accounts: AccountsRepository;
let sessions: PrismaSessionsRepository;

beforeAll(async () => {
  test = await startTestDatabase();
  accounts = new AccountsRepository(test.database);
  sessions = new PrismaSessionsRepository(test.database);
});
afterAll(() => test.stop());

const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

async function makeAccount(): Promise<Account> {
  const account: Account = {
    userId: freshUuid(),
    suite: 1,
    salt: bytes(32),
    authPublicKey: bytes(32),
    recoveryAuthPublicKey: bytes(32),
    passwordUnlock: bytes(105),
    recoveryUnlock: bytes(105),
    credentialVersion: 1,
    createdAt: Date.now(),
    disabledAt: null,
  };
  expect(await test.transactions.run((tx) => accounts.add(tx, account))).toBe(true);
  return account;
}

/** `age` and the rest of its life in milliseconds. */
async function makeSession(userId: string, age = 0, life = HOUR): Promise<string> {
  const id = freshUuid();
  const now = Date.now();
  await test.transactions.run((tx) =>
    sessions.add(tx, {
      id,
      userId,
      name: '',
      generation: 0,
      refreshTokenHash: bytes(32),
      keyThumbprint: null,
      createdAt: now - age,
      refreshedAt: now - age,
      expiresAt: now + life,
      revokedAt: null,
    }),
  );
  return id;
}

function revoke(userId: string, id: string): Promise<boolean> {
  return test.transactions.run((tx) => sessions.revoke(tx, userId, id));
}

describe('An account', () => {
  it('an account comes back as it was stored, and is stored once', async () => {
    const account = await makeAccount();
    const found = (await accounts.find(account.userId))!;
    expect(found).toMatchObject({ userId: account.userId, createdAt: account.createdAt, disabledAt: null });
    expect(new Uint8Array(found.passwordUnlock)).toEqual(account.passwordUnlock);
    expect(await test.transactions.run((tx) => accounts.add(tx, account))).toBe(false);
    expect(await accounts.find(freshUuid())).toBeNull();
  });

  it('an account is found by its loginId only, though a row is read for every other one too', async () => {
    const [account, other] = [await makeAccount(), await makeAccount()];
    await test.database.pool.query(
      `INSERT INTO handles (login_id, user_id, handle_signature, key_version, created_at) VALUES ($1, $2, $3, 1, now())`,
      ['found@example.org', account.userId, bytes(64)],
    );
    const found = await accounts.findByLoginId('found@example.org', other.userId);
    expect(found).toEqual(await accounts.find(account.userId));
    for (const standIn of [account.userId, other.userId, '00000000-0000-7000-8000-000000000000']) {
      expect(await accounts.findByLoginId('nobody@example.org', standIn)).toBeNull();
    }
  });

  it('an account cannot be disabled between the look of a log-in and its session', async () => {
    const account = await makeAccount();
    const { userId } = account;
    let disabled = false;
    let disabling: Promise<unknown> = Promise.resolve();
    const sessionId = await test.transactions.run(async (tx) => {
      expect(await accounts.lockStatus(tx, account)).toBe('enabled');
      disabling = test.transactions
        .run(async (other) => {
          await accounts.setDisabled(other, userId, Date.now());
          return sessions.revokeOfUser(other, userId, 0);
        })
        .finally(() => (disabled = true));
      await waitFor(async () => (await waitingUpdates()) > 0, { what: 'the update that waits' });
      expect(disabled).toBe(false);
      const id = freshUuid();
      await sessions.add(tx, {
        id,
        userId,
        name: '',
        generation: 0,
        refreshTokenHash: bytes(32),
        keyThumbprint: null,
        createdAt: Date.now(),
        refreshedAt: Date.now(),
        expiresAt: Date.now() + HOUR,
        revokedAt: null,
      });
      return id;
    });
    expect(await disabling).toEqual([sessionId]);
    expect(await sessions.findEndOfActive(userId, sessionId, null)).toBeNull();
    expect(await test.transactions.run((tx) => accounts.lockStatus(tx, account))).toBe('disabled');
  });

  async function waitingUpdates(): Promise<number> {
    const { rows } = await test.database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE 'UPDATE%accounts%'`,
    );
    return rows[0]!.n;
  }
});

describe('Sessions', () => {
  it('sessions are those of their user, until they end', async () => {
    const [{ userId }, stranger] = [await makeAccount(), await makeAccount()];
    const [id, over] = [await makeSession(userId), await makeSession(userId, HOUR, -1)];
    const held = (user: string, session: string) =>
      test.transactions.run((tx) => sessions.lockForShare(tx, user, session));
    expect(await sessions.findEndOfActive(userId, id, null)).toBeGreaterThan(Date.now());
    expect(await held(userId, id)).toBe(true);
    for (const [user, session] of [
      [stranger.userId, id],
      [userId, over],
      [userId, freshUuid()],
    ] as const) {
      expect(await sessions.findEndOfActive(user, session, null)).toBeNull();
      expect(await held(user, session)).toBe(false);
    }
    await test.transactions.run((tx) => sessions.revoke(tx, userId, id));
    expect(await sessions.findEndOfActive(userId, id, null)).toBeNull();
    expect(await held(userId, id)).toBe(false);
  });

  it('sessions make room from the longest unused one on', async () => {
    const { userId } = await makeAccount();
    const ids = [];
    for (const age of [50, 10, 40, 20, 30]) ids.push(await makeSession(userId, age * 1000));
    const ended = await test.transactions.run((tx) => sessions.revokeOfUser(tx, userId, 3));
    expect(ended.sort()).toEqual([ids[0], ids[2]].sort());
    expect((await sessions.findActive(userId, Date.now())).map(({ id }) => id)).toEqual([ids[1], ids[3], ids[4]]);
  });

  it('sessions that were ended are told to other replicas for as long as they ask for', async () => {
    const { userId } = await makeAccount();
    const [recent, older] = [await makeSession(userId), await makeSession(userId)];
    await revoke(userId, recent);
    await revoke(userId, older);
    await test.database.pool.query("UPDATE sessions SET revoked_at = now() - interval '1 hour' WHERE id = $1", [older]);
    const within = async (seconds: number): Promise<boolean[]> => {
      const found = await sessions.findRevokedWithin(seconds);
      return [found.includes(recent), found.includes(older)];
    };
    expect(await within(60)).toEqual([true, false]);
    expect(await within(0.5 + 3600 + 60)).toEqual([true, true]);
  });

  it('sessions are searched by index for what has ended, however many there are', async () => {
    const { userId } = await makeAccount();
    await test.database.pool.query(
      `INSERT INTO sessions (id, user_id, name, generation, refresh_token_hash, created_at, refreshed_at, expires_at)
       SELECT gen_random_uuid(), $1, 'many', 0, '', now(), now(), now() + interval '1 day' FROM generate_series(1, 20000)`,
      [userId],
    );
    await test.database.pool.query('ANALYZE sessions');
    const searches = async (): Promise<number[]> => {
      const { rows } = await test.database.pool.query<{ scans: string }>(
        `SELECT idx_scan AS scans FROM pg_stat_user_indexes
          WHERE indexrelname IN ('sessions_revoked_at_idx', 'sessions_expires_at_idx') ORDER BY indexrelname`,
      );
      return rows.map(({ scans }) => Number(scans));
    };
    const [expiresBefore = 0, revokedBefore = 0] = await searches();
    await waitFor(async () => {
      await sessions.findRevokedWithin(60);
      return ((await searches())[1] ?? 0) > revokedBefore;
    });
    await waitFor(async () => {
      await sessions.deleteEnded(86_400, 10);
      return ((await searches())[0] ?? 0) > expiresBefore;
    });
    await test.database.pool.query("DELETE FROM sessions WHERE name = 'many'");
  });

  it('sessions are rotated by compare and set', async () => {
    const { userId } = await makeAccount();
    const id = await makeSession(userId);
    const { refreshTokenHash: from } = (await sessions.find(id))!;
    const rotation = { from, to: bytes(32), refreshedAt: Date.now(), expiresAt: Date.now() + HOUR };
    const results = await Promise.all(Array.from({ length: 5 }, () => sessions.rotate(id, rotation)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await sessions.find(id))!.generation).toBe(1);
    await revoke(userId, id);
    expect(await sessions.rotate(id, { ...rotation, from: rotation.to })).toBe(false);
  });

  it('sessions are deleted only when no access token of theirs can be valid, in batches', async () => {
    const { userId } = await makeAccount();
    const [active, justEnded, ended, expired] = [
      await makeSession(userId),
      await makeSession(userId),
      await makeSession(userId),
      await makeSession(userId, 100 * HOUR, -50 * HOUR),
    ];
    await revoke(userId, justEnded);
    await revoke(userId, ended);
    await test.database.pool.query("UPDATE sessions SET revoked_at = now() - interval '2 days' WHERE id = $1", [ended]);
    expect(await sessions.deleteEnded(86_400, 1)).toBe(1);
    expect(await sessions.deleteEnded(86_400, 10)).toBe(1);
    expect(await sessions.deleteEnded(86_400, 10)).toBe(0);
    const left = await Promise.all([active, justEnded, ended, expired].map((id) => sessions.find(id)));
    expect(left.map((session) => session !== null)).toEqual([true, true, false, false]);
  });
});

describe('A used challenge', () => {
  it('a used challenge cannot be used again until it is old, and not at all while another transaction uses it', async () => {
    const used = new UsedChallengesRepository(test.database);
    const challenge = bytes(32);
    const use = (): Promise<boolean> => test.transactions.run((tx) => used.use(tx, challenge));
    expect((await Promise.all([use(), use(), use()])).sort()).toEqual([false, false, true]);
    expect(await used.deleteOld(120, 10)).toBe(0);
    expect(await use()).toBe(false);
    await test.database.pool.query("UPDATE used_challenges SET used_at = used_at - interval '121 seconds'");
    expect(await used.deleteOld(120, 10)).toBe(1);
  });

  it('a used challenge is free again where the transaction that used it failed', async () => {
    const used = new UsedChallengesRepository(test.database);
    const challenge = bytes(32);
    const failing = test.transactions.run(async (tx) => {
      await used.use(tx, challenge);
      throw new Error('the rest failed');
    });
    await expect(failing).rejects.toThrow('the rest failed');
    expect(await test.transactions.run((tx) => used.use(tx, challenge))).toBe(true);
  });
});

describe('An invitation', () => {
  it('an invitation is deleted some time after its expiry, used or not', async () => {
    const invitations = new InvitationsRepository(test.database);
    const now = Date.now();
    const [old, fresh] = [bytes(32), bytes(32)];
    await invitations.add(old, now - 100 * HOUR, now - 50 * HOUR);
    await invitations.add(fresh, now, now + HOUR);
    expect(await invitations.isUsable(old, now)).toBe(false);
    expect(await invitations.isUsable(fresh, now)).toBe(true);
    expect(await invitations.deleteExpired(40 * 3600, 10)).toBe(1);
    expect(await invitations.isUsable(fresh, now)).toBe(true);
  });
});
