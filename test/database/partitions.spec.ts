import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deliveries, messageTo } from '../support/deliveries.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const SCRIPT = join(import.meta.dirname, '../../scripts/partition-tables.sql');
const NOW = Date.UTC(2030, 0, 1);

interface Made {
  readonly name: string;
  readonly definition: string;
}

/** Keys, checks and indexes of both tables, those of partitions left out. */
const MADE = `
  SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
   WHERE conrelid IN ('messages'::regclass, 'mailbox_entries'::regclass)
  UNION ALL
  SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ONLY ', ' ') FROM pg_index
   WHERE indrelid IN ('messages'::regclass, 'mailbox_entries'::regclass)
   ORDER BY name, definition`;

const STORED_BY_PARTITION = `
  SELECT DISTINCT pg_get_expr(relpartbound, part.oid) AS bound, attstorage AS storage, reloptions::text AS options
    FROM pg_class AS part JOIN pg_attribute ON attrelid = part.oid AND attname = 'ciphertext'
   WHERE relispartition AND relkind = 'r'`;

describe('Tables partitioned by hash', () => {
  let test: TestDatabase;
  let deliveries: Deliveries;
  let before: Made[];
  let user: string;
  const kept = (): Promise<Made[]> => test.database.pool.query<Made>(MADE).then(({ rows }) => rows);

  beforeAll(async () => {
    test = await startTestDatabase();
    deliveries = await Deliveries.on(test, NOW);
    [user = ''] = await deliveries.openMailboxes(1);
    await deliveries.deliver(messageTo([user]));
    before = await kept();
    await test.database.pool.query(await readFile(SCRIPT, 'utf8'));
  });
  afterAll(() => test.stop());

  it('tables partitioned by hash keep keys, checks, indexes and how bodies are stored', async () => {
    expect(await kept()).toEqual(before);
    const { rows } = await test.database.pool.query<{ storage: string; options: string }>(STORED_BY_PARTITION);
    expect(rows).toHaveLength(16);
    for (const { storage, options } of rows) {
      expect(storage).toBe('e');
      expect(options).toContain('autovacuum_vacuum_scale_factor=0.02');
    }
  });

  it('tables partitioned by hash go on where the tables before them stopped', async () => {
    await deliveries.deliver(messageTo([user]));
    const page = await deliveries.mailboxes.findPage(user, { after: 0, limit: 10 }, NOW);
    expect(page.entries.map(({ sequence }) => sequence)).toEqual([1, 2]);
    const [first] = page.entries;
    expect(await deliveries.retention.remove(user, first?.id ?? '', NOW)).toBe(true);
    expect(await deliveries.sequencesOf(user)).toEqual([2]);
  });

  it('tables partitioned by hash store one message of an id, also when two to different people arrive at two replicas at once', async () => {
    const replica = await Deliveries.on(test, NOW);
    const [bob = '', carol = ''] = await deliveries.openMailboxes(2);
    for (let round = 0; round < 50; round++) {
      const [toBob, toCarol] = [messageTo([bob]), messageTo([carol])];
      const outcomes = await Promise.all([deliveries.deliver(toBob), replica.deliver({ ...toCarol, id: toBob.id })]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['refused', 'stored']);
    }
  });
});
