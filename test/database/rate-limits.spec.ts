import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueryConfig } from 'pg';
import { openDatabaseForAdmin } from '../../src/core/database/index.js';
import type { Database, RunningDatabase } from '../../src/core/database/index.js';
import { SodiumCryptoService } from '../../src/core/crypto/index.js';
import { FORGET, PgRateLimiter } from '../../src/core/rate-limit/pg-rate-limiter.js';
import { describeRateLimiter } from '../../src/core/rate-limit/testing/rate-limiter-contract.js';
import { SetClock } from '../../src/core/rate-limit/testing/set-clock.js';
import { generateSecrets, secretsOf } from '../../src/core/secrets/index.js';
import { silentLog, startTestDatabase } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

const TEN_A_DAY = { count: 10, seconds: 86_400 };

const secrets = secretsOf(generateSecrets(new Date()));
let crypto: SodiumCryptoService;
let test: TestDatabase;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
  test = await startTestDatabase();
});
afterAll(() => test.stop());
beforeEach(() => test.database.pool.query('TRUNCATE rate_limits'));

const limiterOn = (database = test.database, clock = new SetClock()): PgRateLimiter =>
  new PgRateLimiter(database, clock, crypto, secrets);

const rowCount = async (): Promise<number> =>
  (await test.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM rate_limits')).rows[0]!.n;

/** The database's clock cannot be set; arrival times that are as much earlier are the same. */
async function passSeconds(seconds: number): Promise<void> {
  await test.database.pool.query("UPDATE rate_limits SET tat = tat - $1 * interval '1 second'", [seconds]);
}

describeRateLimiter('PostgreSQL', async () => {
  const clock = new SetClock();
  return {
    limiter: limiterOn(test.database, clock),
    passSeconds: async (seconds) => {
      clock.passSeconds(seconds);
      await passSeconds(seconds);
    },
  };
});

describe('The table of rate limits', () => {
  let other: RunningDatabase;

  beforeAll(async () => {
    other = await openDatabaseForAdmin(test.settings, silentLog);
  });
  afterAll(() => other.stop());

  it('the table of rate limits is shared: of a hundred questions at once over two pools exactly ten are allowed', async () => {
    const replicas = [limiterOn(), limiterOn(other.database)];
    for (let round = 0; round < 20; round++) {
      const ask = (index: number) => replicas[index % 2]!.take(`round-${round}`, TEN_A_DAY);
      const verdicts = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(index)));
      expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(10);
    }
  });

  it('the table of rate limits is shared also where batches about many keys meet, in any order', async () => {
    const replicas = [limiterOn(), limiterOn(other.database), limiterOn(), limiterOn(other.database)];
    const allowed = new Map<string, number>();
    const questions = Array.from({ length: 40 * 16 }, (_, index) => `key-${(index * 7) % 40}`);
    await Promise.all(
      questions.map(async (key, index) => {
        const verdict = await replicas[index % 4]!.take(key, TEN_A_DAY);
        if (verdict.allowed) allowed.set(key, (allowed.get(key) ?? 0) + 1);
      }),
    );
    expect([...allowed.values()]).toEqual(Array(40).fill(10));
  });

  it('the table of rate limits is not asked about whoever has used up a limit', async () => {
    const statements = countingPool(test.database);
    const limiter = limiterOn(statements.database);
    await limiter.take('k', TEN_A_DAY, 10);
    await limiter.take('k', TEN_A_DAY);
    const before = statements.count;
    for (let index = 0; index < 1000; index++) expect((await limiter.take('k', TEN_A_DAY)).allowed).toBe(false);
    expect(statements.count).toBe(before);
  });

  it('the table of rate limits is asked in few statements by many who come at once', async () => {
    const statements = countingPool(test.database);
    const limiter = limiterOn(statements.database);
    await Promise.all(Array.from({ length: 500 }, (_, index) => limiter.take(`user-${index}`, TEN_A_DAY)));
    expect(statements.count).toBeLessThan(15);
    expect(await rowCount()).toBe(500);
  });

  it('the table of rate limits names nobody', async () => {
    await limiterOn().take('account:login:alice@example.org', TEN_A_DAY);
    const { rows } = await test.database.pool.query<{ key: Buffer }>('SELECT key FROM rate_limits');
    expect(rows).toHaveLength(1);
    expect(rows[0]!.key).toHaveLength(16);
    // Another service, with other secrets, would have another key for the same person.
    const stranger = new PgRateLimiter(test.database, new SetClock(), crypto, secretsOf(generateSecrets(new Date())));
    await stranger.take('account:login:alice@example.org', TEN_A_DAY);
    expect(await rowCount()).toBe(2);
  });

  it('the table of rate limits loses the rows that say nothing any more, in batches, and no others', async () => {
    const limiter = limiterOn();
    for (let index = 0; index < 5; index++) await limiter.take(`old-${index}`, TEN_A_DAY);
    await passSeconds(86_400);
    await limiter.take('new', TEN_A_DAY);
    expect([await limiter.forget(3), await limiter.forget(3), await limiter.forget(3)]).toEqual([3, 2, 0]);
    expect(await rowCount()).toBe(1);
  });

  it('the table of rate limits is swept by its index, however large it is', async () => {
    await test.database.pool.query(
      `INSERT INTO rate_limits SELECT decode(md5(n::text), 'hex'), now() + interval '1 day' FROM generate_series(1, 20000) AS n`,
    );
    await test.database.pool.query('ANALYZE rate_limits');
    const { rows } = await test.database.pool.query<{ 'QUERY PLAN': string }>(
      FORGET.text.replace('$1', '1000').replace(/^/, 'EXPLAIN '),
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('rate_limits_tat_idx');
  });
});

/** A database that counts the statements of its pool. */
function countingPool({ prisma, pool }: Database): { readonly database: Database; readonly count: number } {
  let count = 0;
  const query = async (statement: QueryConfig): Promise<unknown> => {
    count += 1;
    return pool.query(statement);
  };
  const database: unknown = { prisma, pool: { query }, ready: async () => true };
  return {
    database: database as Database,
    get count() {
      return count;
    },
  };
}
