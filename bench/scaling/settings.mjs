/** What settings of PostgreSQL change for deliveries. The user must be its superuser. */
import { query } from '../environment/database.mjs';
import { compare } from './hot.mjs';
import { anybody, makeMailboxes, makeSchema } from './lanes.mjs';

const PEOPLE = 10_000;
const RESET = ['wal_compression', 'commit_delay', 'commit_siblings', 'synchronous_commit'];

const SETTINGS = [
  {},
  { wal_compression: 'pglz' },
  { commit_delay: '200', commit_siblings: '1' },
  { synchronous_commit: 'off' },
];
/** With a standby that synchronous_standby_names lists. */
const WITH_STANDBY = ['local', 'remote_write', 'on', 'remote_apply'].map((level) => ({ synchronous_commit: level }));

/**
 * @param {import('../environment/database.mjs').BenchDatabase} postgres
 * @param {{ seconds: number, rounds: number, standby: boolean }} run
 */
export async function measureSettings(postgres, { standby, ...run }) {
  const address = await postgres.create('settings');
  await makeSchema(address);
  await makeMailboxes(address, PEOPLE);
  const change = (settings) => async () => {
    for (const name of RESET) await query(address, `ALTER SYSTEM RESET ${name}`);
    for (const [name, value] of Object.entries(settings)) await query(address, `ALTER SYSTEM SET ${name} = '${value}'`);
    await query(address, 'SELECT pg_reload_conf()');
    await query(address, 'CHECKPOINT');
  };
  const shapes = [
    { group: 32, replicas: 1 },
    { group: 1, replicas: 1 },
    { group: 8, replicas: 4 },
  ];
  const cases = (standby ? WITH_STANDBY : SETTINGS).flatMap((settings) =>
    shapes.map((shape) => ({
      name: `${JSON.stringify(settings)} groups of ${shape.group}, ${shape.replicas} replicas`,
      before: change(settings),
      recipients: anybody(PEOPLE),
      ...shape,
    })),
  );
  try {
    await compare(address, cases, run);
  } finally {
    await change({})();
  }
}
