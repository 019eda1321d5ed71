import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  disconnectedDatabase,
  inSqlTransaction,
  isDatabaseUnavailable,
  isTransactionConflict,
  isUniqueViolation,
  prismaOf,
} from '../../src/core/database/index.js';
import { waitFor } from '../support/index.js';
import { startTestDatabase } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

describe('Transactions', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await startTestDatabase();
    await test.database.pool.query(
      'CREATE TABLE story (name text CONSTRAINT story_name PRIMARY KEY, amount int NOT NULL)',
    );
  });

  afterAll(() => test.stop());

  const amounts = async (): Promise<Record<string, number>> => {
    const { rows } = await test.database.pool.query<{ name: string; amount: number }>('SELECT * FROM story');
    return Object.fromEntries(rows.map((row) => [row.name, row.amount]));
  };

  it('transactions keep everything or nothing', async () => {
    await test.transactions.run(async (tx) => {
      await prismaOf(tx).$executeRaw`INSERT INTO story VALUES ('alice', 1)`;
      await prismaOf(tx).$executeRaw`INSERT INTO story VALUES ('bob', 1)`;
    });
    const failing = test.transactions.run(async (tx) => {
      await prismaOf(tx).$executeRaw`UPDATE story SET amount = 7 WHERE name = 'alice'`;
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await amounts()).toEqual({ alice: 1, bob: 1 });
  });

  it('transactions run again after a deadlock, and both succeed', async () => {
    let runs = 0;
    let holding = 0;
    const move = (first: string, second: string): Promise<void> =>
      test.transactions.run(async (tx) => {
        runs += 1;
        await prismaOf(tx).$executeRaw`UPDATE story SET amount = amount + 1 WHERE name = ${first}`;
        holding += 1;
        await waitFor(() => holding >= 2);
        await prismaOf(tx).$executeRaw`UPDATE story SET amount = amount + 1 WHERE name = ${second}`;
      });
    await Promise.all([move('alice', 'bob'), move('bob', 'alice')]);
    expect(runs).toBeGreaterThan(2);
    expect(await amounts()).toEqual({ alice: 3, bob: 3 });
  });

  it('transactions run again after a serialization failure', async () => {
    const increase = (): Promise<void> =>
      test.transactions.run(
        async (tx) => {
          const [row] = await prismaOf(tx).$queryRaw<
            { amount: number }[]
          >`SELECT amount FROM story WHERE name = 'alice'`;
          await prismaOf(tx).$executeRaw`UPDATE story SET amount = ${(row?.amount ?? 0) + 1} WHERE name = 'alice'`;
        },
        { isolation: 'Serializable' },
      );
    await Promise.all([increase(), increase(), increase()]);
    expect((await amounts())['alice']).toBe(6);
  });

  it('transactions name the constraint that a duplicate meets, through Prisma and through SQL', async () => {
    const duplicates = [
      () => test.transactions.run((tx) => prismaOf(tx).$executeRaw`INSERT INTO story VALUES ('bob', 0)`),
      () => inSqlTransaction(test.database.pool, (client) => client.query(`INSERT INTO story VALUES ('bob', 0)`)),
    ];
    for (const insert of duplicates) {
      const error = await insert().catch((reason: unknown) => reason);
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, 'story_name')).toBe(true);
      expect(isUniqueViolation(error, 'story_other')).toBe(false);
      expect(isTransactionConflict(error)).toBe(false);
    }
  });

  it('transactions give the connection of a failed SQL transaction back in order', async () => {
    for (let round = 0; round < 12; round += 1) {
      const failing = inSqlTransaction(test.database.pool, async (client) => {
        await client.query(`UPDATE story SET amount = -1`);
        await client.query('SELECT * FROM no_such_table');
      });
      await expect(failing).rejects.toThrow('no_such_table');
    }
    expect(Object.values(await amounts())).not.toContain(-1);
    expect(await test.database.ready()).toBe(true);
  });

  it('transactions tell a database that cannot serve now from a statement that is wrong', async () => {
    const slow = test.transactions.run(async (tx) => {
      await prismaOf(tx).$executeRaw`SET LOCAL statement_timeout = 20`;
      await prismaOf(tx).$queryRaw`SELECT pg_sleep(5)::text`;
    });
    const readOnly = inSqlTransaction(test.database.pool, async (client) => {
      await client.query('SET TRANSACTION READ ONLY');
      await client.query('DELETE FROM story');
    });
    const wrong = [
      () => test.database.prisma.$queryRaw`SELECT * FROM no_such_table`,
      () => test.database.pool.query(`SELECT 'word'::int`),
      () => test.transactions.run((tx) => prismaOf(tx).$executeRaw`INSERT INTO story VALUES ('bob', 0)`),
    ];
    const outcomes = await Promise.allSettled([slow, readOnly, ...wrong.map((attempt) => attempt())]);
    const unavailable = outcomes.map(
      (outcome) => outcome.status === 'rejected' && isDatabaseUnavailable(outcome.reason),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(5).fill('rejected'));
    expect(unavailable).toEqual([true, true, false, false, false]);
  });

  it('transactions tell a database whose socket is not there, through Prisma and through SQL', async () => {
    const nowhere = disconnectedDatabase();
    const { database, transactions } = nowhere;
    const outcomes = await Promise.allSettled([
      database.prisma.handle.findUnique({ where: { loginId: 'alice' } }),
      database.prisma.$queryRaw`SELECT 1`,
      transactions.run((tx) => prismaOf(tx).handle.count()),
      database.pool.query('SELECT 1'),
    ]);
    const unavailable = outcomes.map(
      (outcome) => outcome.status === 'rejected' && isDatabaseUnavailable(outcome.reason),
    );
    expect(unavailable).toEqual([true, true, true, true]);
    await nowhere.stop();
  });

  it('transactions outlive the end of a connection that somebody has and that is silent at the moment', async () => {
    const { pool } = test.database;
    const interrupted = inSqlTransaction(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('SELECT 1');
    });
    const error = await interrupted.catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(await test.database.ready()).toBe(true);
  });
});
