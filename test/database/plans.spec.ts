import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faultsOf, type Plan, PlanReader, type PlanSetting } from '../support/plans.js';
import { plansDocument } from '../support/plans-document.js';
import { HOT_STATEMENTS } from '../support/hot-statements.js';
import { fillTables } from '../support/filled-tables.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const FILE = join(import.meta.dirname, '../../docs/plans.md');
/** The version that the file is of: others write the same plans in other words. */
const FILE_VERSION = 18;

interface Reading {
  readonly setting: PlanSetting;
  readonly plans: readonly Plan[];
}

const allFaults = (readings: readonly Reading[]): string[] => readings.flatMap(({ plans }) => plans.flatMap(faultsOf));

describe('The plans of the hot statements', () => {
  let database: TestDatabase;
  let kept: PlanReader[];
  let early: Reading[];

  const open = () =>
    Promise.all(HOT_STATEMENTS.map((setting) => PlanReader.open(database.database.pool.options, setting)));
  const readAll = (readers: readonly PlanReader[]): Promise<Reading[]> =>
    Promise.all(
      readers.map(async (reader, index) => ({
        setting: HOT_STATEMENTS[index] as PlanSetting,
        plans: await reader.read(),
      })),
    );

  beforeAll(async () => {
    database = await startTestDatabase();
    await fillTables(database.database.pool, { users: 3, messages: 10 });
    kept = await open();
    early = await readAll(kept);
    await fillTables(database.database.pool, { users: 2000, messages: 100_000 });
  }, 240_000);
  afterAll(async () => {
    await Promise.all(kept.map((reader) => reader.close()));
    await database.stop();
  });

  it('the plans of the hot statements scan nothing when they were made right after an installation and are kept while tables grow', async () => {
    expect(allFaults(early)).toEqual([]);
    expect(allFaults(await readAll(kept))).toEqual([]);
  });

  it('the plans of the hot statements scan nothing when they are made while the statistics are stale', async () => {
    const readers = await open();
    const faults = allFaults(await readAll(readers));
    await Promise.all(readers.map((reader) => reader.close()));
    expect(faults).toEqual([]);
  });

  it('the plans of the hot statements scan nothing on large tables whose statistics are right, and are those of docs/plans.md', async () => {
    await database.database.pool.query('ANALYZE');
    const readers = await open();
    const readings = await readAll(readers);
    await Promise.all(readers.map((reader) => reader.close()));
    expect(allFaults(readings)).toEqual([]);
    const document = plansDocument(readings);
    const { rows } = await database.database.pool.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version`,
    );
    if (rows[0]?.version !== FILE_VERSION) return;
    if (process.env['UPDATE_PLANS'] === 'true') await writeFile(FILE, document);
    expect(await readFile(FILE, 'utf8')).toBe(document);
  });

  it('a plan that scans is recognized as one', async () => {
    const statements = [
      { name: 'all', text: 'SELECT count(*) FROM mailboxes' },
      { name: 'unindexed', text: 'SELECT sequence FROM mailbox_entries WHERE message_id = $1' },
      { name: 'whole index', text: 'SELECT user_id FROM mailboxes ORDER BY user_id' },
      { name: 'sorted mailbox', text: 'SELECT sequence FROM mailbox_entries WHERE user_id = $1 ORDER BY message_id' },
      {
        name: 'joined tables',
        text: 'SELECT e.sequence FROM mailbox_entries e JOIN messages m ON m.id = e.message_id WHERE m.suite = $1',
      },
    ];
    const reader = await PlanReader.open(database.database.pool.options, { title: '', statements });
    const plans = await reader.read();
    await reader.close();
    expect(plans.filter((plan) => faultsOf(plan).length === 0).map((plan) => plan.name)).toEqual([]);
  });
});
