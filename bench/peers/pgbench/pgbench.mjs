/** pgbench: what PostgreSQL does where no server stands in front of it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { FIND_PAGE } from '../../../dist/modules/messages/mailbox.sql.js';
import { cpuSeconds } from '../../environment/cpu.mjs';
import { median } from '../../report/numbers.mjs';

const DEBIAN = '/usr/lib/postgresql';
const FIRST_WITH_UUIDV7 = 18;
const BODY_BYTES = 300;
const LATENCIES = 'latencies';
const COLD_SECONDS = 2;

export const HOW_TO_GET = 'pgbench was not found. On Debian: apt-get install postgresql-contrib (or postgresql-15).';

/**
 * @typedef {object} PgbenchResult
 * @property {number} rate transactions per second
 * @property {number} p50 milliseconds; NaN unless there is one client
 * @property {number} postgresCpu microseconds for each transaction
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
 * pgbench has no warm-up of its own: what it says of its first seconds, in which connections open and PostgreSQL plans and
 * fills its caches, is left out.
 * @param {object} plan
 * @param {string} plan.program
 * @param {string} plan.database its address
 * @param {number | undefined} plan.postmaster
 * @param {string} plan.script
 * @param {string} plan.folder for the log of a single client
 * @param {number} plan.clients
 * @param {number} plan.seconds
 * @param {number} plan.warmUpSeconds
 * @param {{ people: number, senders: number }} plan.counts
 * @returns {Promise<PgbenchResult>}
 */
export async function runPgbench(plan) {
  const warmUp = Math.ceil(Math.max(COLD_SECONDS, plan.warmUpSeconds));
  const counted = Math.ceil(plan.seconds);
  const single = plan.clients === 1;
  const seconds = await secondsOf(plan, argumentsOf(plan, warmUp + counted + 1, single));
  const [from, ...measured] = seconds.slice(warmUp - 1, warmUp + counted);
  if (from === undefined || measured.length === 0) throw new Error('pgbench has not said what it did');
  const last = measured.at(-1) ?? from;
  const transactions = measured.reduce(
    (sum, { at, tps }, index) => sum + tps * (at - (measured[index - 1] ?? from).at),
    0,
  );
  return {
    rate: transactions / (last.at - from.at),
    p50: single ? await medianOfLog(plan.folder, warmUp) : NaN,
    postgresCpu: ((last.cpu - from.cpu) * 1e6) / transactions,
  };
}

function argumentsOf({ database, script, folder, clients, counts }, seconds, single) {
  const url = new URL(database);
  url.password = '';
  const defined = {
    ...counts,
    body: `\\x${randomBytes(BODY_BYTES).toString('hex')}`,
    hash: `\\x${randomBytes(16).toString('hex')}`,
    nonce: `\\x${randomBytes(24).toString('hex')}`,
  };
  return [
    ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, `--jobs=${Math.min(2, clients)}`],
    ...[`--time=${seconds}`, '--progress=1', `--file=${script}`],
    ...Object.entries(defined).map(([name, value]) => `--define=${name}=${value}`),
    ...(single ? ['--log', `--log-prefix=${join(folder, LATENCIES)}`] : []),
    url.href,
  ];
}

/** What pgbench says each second, with the CPU time that PostgreSQL has used by then. */
async function secondsOf({ program, database, folder, postmaster }, args) {
  const password = decodeURIComponent(new URL(database).password);
  const env = { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: password };
  const child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const seconds = [];
  const others = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const [, at, tps, failed = '0'] = /^progress: ([\d.]+) s, ([\d.]+) tps(?:.* (\d+) failed)?/.exec(line) ?? [];
    if (at === undefined || failed !== '0') others.push(line);
    else seconds.push({ at: Number(at), tps: Number(tps), cpu: await cpuSeconds(postmaster) });
  }
  const [code] = await ended;
  if (code !== 0 || others.some((line) => / [1-9]\d* failed/.test(line))) {
    throw new Error(`pgbench did not do its work:\n${others.join('\n')}`);
  }
  return seconds;
}

/** A line for each transaction: client, number, microseconds, script, and when it ended (seconds, microseconds). */
async function medianOfLog(folder, warmUp) {
  const transactions = [];
  for (const name of (await readdir(folder)).filter((file) => file.startsWith(`${LATENCIES}.`))) {
    const path = join(folder, name);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    transactions.push(...lines.map((line) => line.split(' ').map(Number)));
    await rm(path);
  }
  const [, , , , begun = 0] = transactions[0] ?? [];
  const counted = transactions.filter(([, , , , seconds = 0]) => seconds >= begun + warmUp);
  return median(counted.map(([, , micros = NaN]) => micros / 1000));
}
