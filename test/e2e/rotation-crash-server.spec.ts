import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { untilWaiting, whileHeld } from '../support/held-locks.js';
import { startProcess, type TestProcess } from '../support/index.js';
import { makeMortalAccount, type MortalAccount } from '../support/life-after-crash.js';

let server: TestProcess;
let folder: string;
let account: MortalAccount;

beforeAll(async () => {
  server = await startProcess();
  folder = await mkdtemp(join(tmpdir(), 'sealpost-crash-'));
  account = await makeMortalAccount(server, folder, 'rotating');
}, 180_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * What keeps a rotation waiting before its first write and before its last one, and the statement that waits then. What is
 * between them looks the same to a client, and is rolled back as well (see state-changes.spec.ts).
 */
const STEPS: readonly (readonly [string, string, string])[] = [
  ['the head is locked', `SELECT 1 FROM key_heads FOR UPDATE`, 'FROM key_heads%FOR UPDATE'],
  ['the history is written', 'LOCK TABLE account_events IN SHARE MODE', 'INSERT%account_events'],
];

/** Everything that a rotation changes. */
async function stateOf(userId: string): Promise<unknown> {
  const [row] = await server.sql(
    `SELECT to_jsonb(h) AS head, to_jsonb(v) AS vault,
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.version) FROM key_statements s WHERE s.user_id = h.user_id) AS chain,
            (SELECT count(*)::int FROM account_events e WHERE e.user_id = h.user_id) AS events
       FROM key_heads h JOIN vaults v ON v.user_id = h.user_id WHERE h.user_id = $1`,
    [userId],
  );
  return row;
}

const PATIENCE_MS = 40_000;

describe.each(STEPS)('A rotation that is broken off when %s', (_step, lock, statement) => {
  let before: unknown;
  beforeEach(async () => {
    before = await stateOf(account.person.client.userId);
  });

  it('a rotation that is broken off by a cut connection to the database leaves the old keys, and is finished by the next attempt', async () => {
    await account.revived(async (client) => {
      const version = (await client.keys.current()).version;
      const { begun } = await whileHeld(server, lock, async () => {
        const begun = client.keys.rotate();
        const cut = await untilWaiting(server, statement, { timeoutMs: PATIENCE_MS });
        await server.sql('SELECT pg_terminate_backend($1)', [cut]);
        // The client tries again by itself, and waits as well.
        await untilWaiting(server, statement, { notPid: cut, timeoutMs: PATIENCE_MS });
        expect(await stateOf(account.person.client.userId)).toEqual(before);
        return { begun };
      });
      expect((await begun).version).toBe(version + 1);
    });
    await account.expectAlive();
  });

  it('a rotation that is broken off by the end of the server leaves the old keys, and is finished after its restart', async () => {
    await account.revived(async (client) => {
      const version = (await client.keys.current()).version;
      await whileHeld(server, lock, async () => {
        const begun = client.keys.rotate().catch((error: unknown) => error);
        await untilWaiting(server, statement, { timeoutMs: PATIENCE_MS });
        await server.kill();
        expect(await begun).toMatchObject({ code: 'client.network' });
      });
      await server.restart();
      expect(await stateOf(account.person.client.userId)).toEqual(before);
      expect((await client.keys.rotate()).version).toBe(version + 1);
    });
    await account.expectAlive();
  });
});
