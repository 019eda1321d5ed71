/** Resident memory: of an idle stream, at a server that does nothing else, and of a server under load. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { newestPosition } from './contestants.mjs';
import { sends } from './sealpost-requests.mjs';

const WARM_UP_STREAMS = 200;
const SETTLE_MS = 3000;
/** For the server's other files, and the generator's. */
const SPARE_FILES = 500;

/**
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Promise<{ bytesPerStream: number, streams: number }>}
 */
export async function measureStreamMemory(stage, settings) {
  const server = await stage.startSealpost(stage.databases.sealpost, 1);
  const [url = ''] = server.urls;
  const pid = server.processes[0]?.pid ?? 0;
  const streams = Math.min(settings.streams, (await fileLimit()) - SPARE_FILES);
  const readers = [];
  for (const person of stage.people) readers.push(await newestPosition(url, person));
  const open = async (count) => stage.load.openStreams({ url, readers, count });
  await open(WARM_UP_STREAMS);
  await stage.load.closeStreams();
  await sleep(SETTLE_MS);
  const before = await residentBytes(pid);
  await open(streams);
  await sleep(SETTLE_MS);
  const after = await residentBytes(pid);
  await stage.load.closeStreams();
  return { bytesPerStream: (after - before) / streams, streams };
}

/**
 * Whether memory goes on growing under load, at a server of its own.
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Promise<{ early: number, late: number }>} bytes
 */
export async function measureGrowth({ startSealpost, databases, people, senders, load }, { connections, loadSeconds }) {
  const server = await startSealpost(databases.sealpost, 1);
  const [url = ''] = server.urls;
  const pid = server.processes[0]?.pid ?? 0;
  const after = async (seconds) => {
    const variables = { recipients: people.map(({ userId }) => userId) };
    const job = { url, requests: sends(senders), variables, connections, seconds, warmUpSeconds: 0, expected: 201 };
    await load.closedLoop(job);
    return residentBytes(pid);
  };
  const early = await after(loadSeconds.first);
  return { early, late: await after(loadSeconds.last - loadSeconds.first) };
}

/** How many files, hence connections, a process may have open. */
async function fileLimit() {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
