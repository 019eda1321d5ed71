import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { LENGTHS } from '@sealpost/protocol';
import type { Transaction } from '../../src/core/database/index.js';
import { PrismaSharedStatesRepository } from '../../src/modules/state/prisma-shared-states.repository.js';
import { SharedStatesRepository } from '../../src/modules/state/shared-states.repository.js';
import { StateService } from '../../src/modules/state/state.service.js';
import { startApplication } from '../support/application.js';
import { freshUuid } from '../support/identity.js';
import { waitFor } from '../support/index.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const ZEROS = new Uint8Array(32);
/** The session is bound to a key, and its request was proven. */
const bound = (sessionId: string) => ({ sessionId, isBound: true });

function sealed(): Uint8Array {
  return Uint8Array.of(1, ...randomBytes(100));
}

describe('Storing a shared state', () => {
  let test: TestDatabase;
  let application: TestingModule;
  let service: StateService;
  let userId: string;
  let sessionId: string;

  beforeAll(async () => {
    test = await startTestDatabase();
    application = await startApplication(test);
    // The module that erases accounts then says how they are kept from it.
    await application.init();
    service = application.get(StateService);
  });

  afterAll(async () => {
    await application.close();
    await test.stop();
  });

  beforeEach(async () => {
    userId = freshUuid();
    await test.database.pool.query(
      `INSERT INTO accounts (user_id, suite, salt, auth_public_key, recovery_auth_public_key, password_unlock,
         recovery_unlock, credential_version, created_at)
       VALUES ($1, 1, $2, $2, $2, $3, $3, 1, now())`,
      [userId, ZEROS, new Uint8Array(LENGTHS.unlock)],
    );
    sessionId = freshUuid();
    await test.database.pool.query(
      `INSERT INTO sessions (id, user_id, name, generation, refresh_token_hash, created_at, refreshed_at, expires_at)
       VALUES ($1, $2, '', 0, $3, now(), now(), now() + interval '1 day')`,
      [sessionId, userId, ZEROS],
    );
  });

  /** Ends the database's side of the connection between two statements of the transaction. */
  async function cutDuring(method: 'lock' | 'insert' | 'replace', work: () => Promise<void>) {
    const repository = application.get<SharedStatesRepository>(SharedStatesRepository);
    const original = PrismaSharedStatesRepository.prototype[method] as (...args: unknown[]) => Promise<unknown>;
    const cut = async (tx: Transaction, ...rest: unknown[]): Promise<unknown> => {
      const result = await original.call(repository, tx, ...rest);
      await test.database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`,
      );
      return result;
    };
    Object.defineProperty(repository, method, { value: cut, configurable: true });
    try {
      await expect(work()).rejects.toThrow();
    } finally {
      Reflect.deleteProperty(repository, method);
    }
    // The pool may not have noticed yet that the connection is gone.
    await waitFor(async () => {
      await service.find(userId);
      return true;
    });
  }

  it.each(['lock', 'insert'] as const)(
    'storing a shared state leaves nothing of a first one cut off after %s',
    async (method) => {
      const first = { stateVersion: 1, state: sealed(), previousHash: ZEROS };
      await cutDuring(method, () => service.put(userId, first, bound(sessionId)));
      expect(await service.find(userId)).toBeNull();
      await service.put(userId, first, bound(sessionId));
      expect(await service.find(userId)).toEqual(first);
    },
  );

  it.each(['lock', 'replace'] as const)(
    'storing a shared state keeps the old one where the next is cut off after %s',
    async (method) => {
      const first = { stateVersion: 1, state: sealed(), previousHash: ZEROS };
      await service.put(userId, first, bound(sessionId));
      const previousHash = new Uint8Array(createHash('sha256').update(first.state).digest());
      const second = { stateVersion: 2, state: sealed(), previousHash };
      await cutDuring(method, () => service.put(userId, second, bound(sessionId)));
      expect(await service.find(userId)).toEqual(first);
      await service.put(userId, second, bound(sessionId));
      expect(await service.find(userId)).toEqual(second);
    },
  );

  it('storing a shared state is refused where the account has just been erased', async () => {
    await test.database.pool.query('DELETE FROM accounts WHERE user_id = $1', [userId]);
    const late = service.put(userId, { stateVersion: 1, state: sealed(), previousHash: ZEROS }, bound(sessionId));
    await expect(late).rejects.toMatchObject({ code: 'auth.session-ended' });
  });

  it('storing a shared state is refused where the session has just been ended', async () => {
    await test.database.pool.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [sessionId]);
    const late = service.put(userId, { stateVersion: 1, state: sealed(), previousHash: ZEROS }, bound(sessionId));
    await expect(late).rejects.toMatchObject({ code: 'auth.session-ended' });
    expect(await service.find(userId)).toBeNull();
  });
});
