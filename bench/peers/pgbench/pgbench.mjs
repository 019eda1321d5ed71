/** pgbench: what PostgreSQL does where no server stands in front of it. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { FIND_PAGE } from '../../../dist/modules/messages/mailbox.sql.js';
import { median } from '../../report/numbers.mjs';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';
const FIRST_WITH_UUIDV7 = 18;
const BODY_BYTES = 300;

export const HOW_TO_GET = 'pgbench was not found. On Debian: apt-get install postgresql-contrib (or postgresql-15).';

/**
 * @typedef {object} PgbenchResult
 * @property {number} rate transactions per second, without the time to connect
 * @property {number} p50 milliseconds; NaN unless there is one client
 */

/** @returns {Promise<string | undefined>} the program, from PATH or where Debian keeps it */
export async function findPgbench() {
  const versions = await readdir(DEBIAN).catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'));
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...newestFirst];
  return folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path));
}

/** Writes the scripts that suit the database into a folder. */
export async function prepareScripts(folder, serverVersion) {
  const newId = serverVersion >= FIRST_WITH_UUIDV7 ? 'uuidv7()' : 'gen_random_uuid()';
  const write = await readFile(join(import.meta.dirname, 'write.sql'), 'utf8');
  const scripts = { write: join(folder, 'write.sql'), page: join(folder, 'page.sql') };
  await writeFile(scripts.write, write.replaceAll('uuidv7()', newId));
  await writeFile(scripts.page, pageScript());
  return scripts;
}

/** The statement of Sealpost's inbox pages as it stands, for a reader by chance. */
function pageScript() {
  const parameters = {
    $1: "('01900000-0000-7000-8000-' || lpad(:reader::text, 12, '0'))::uuid",
    $2: 'now()',
    $3: '0',
    $4: '50',
    $5: '2097152',
  };
  const statement = FIND_PAGE.text.replace(/\$\d+/g, (name) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`The statement of inbox pages has a parameter ${name} that pgbench lacks`);
    return value;
  });
  return `\\set reader random(1, :people)\n${statement};\n`;
}

/**
 * @param {object} plan
 * @param {string} plan.program
 * @param {string} plan.database its address
 * @param {string} plan.script
 * @param {string} plan.folder for the log of a single client
 * @param {number} plan.clients
 * @param {number} plan.seconds
 * @param {{ people: number, senders: number }} plan.counts
 * @returns {Promise<PgbenchResult>}
 */
export async function runPgbench({ program, database, script, folder, clients, seconds, counts }) {
  const url = new URL(database);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const single = clients === 1;
  const defined = {
    ...counts,
    body: `\\x${randomBytes(BODY_BYTES).toString('hex')}`,
    hash: `\\x${randomBytes(16).toString('hex')}`,
    nonce: `\\x${randomBytes(24).toString('hex')}`,
  };
  const prefix = join(folder, 'latencies');
  const args = [
    ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, `--jobs=${Math.min(2, clients)}`],
    ...[`--time=${Math.max(1, Math.round(seconds))}`, `--file=${script}`],
    ...Object.entries(defined).map(([name, value]) => `--define=${name}=${value}`),
    ...(single ? ['--log', `--log-prefix=${prefix}`] : []),
    url.href,
  ];
  const env = { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: password };
  const { stdout } = await run(program, args, { env, cwd: folder });
  const rate = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (!(rate > 0) || failed > 0) throw new Error(`pgbench did not do its work:\n${stdout}`);
  return { rate, p50: single ? await medianOfLog(folder) : NaN };
}

/** pgbench writes a line for each transaction, with its microseconds as the third word. */
async function medianOfLog(folder) {
  const latencies = [];
  for (const name of (await readdir(folder)).filter((file) => file.startsWith('latencies.'))) {
    const path = join(folder, name);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    latencies.push(...lines.map((line) => Number(line.split(' ')[2]) / 1000));
    await rm(path);
  }
  return median(latencies);
}
