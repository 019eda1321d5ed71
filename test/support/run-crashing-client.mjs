// One act of a signed-in client, in a process of its own that can kill itself at any step that leaves a trace: around
// each commit to its storage, and before a request, before its answer is read, and after that. The steps are those of the
// storage and of the network that the SDK is given; the SDK knows nothing of them.
import { writeSync } from 'node:fs';
import { ClientStorage, Sealpost } from '@sealpost/client';
import { FileStorage } from '@sealpost/client/node';

/** @typedef {{ service: { url: string, serviceId: string }, folder: string, act: string, dieAt: number }} Task */

/** @type {Record<string, (client: Sealpost) => Promise<unknown>>} */
const ACTS = {
  rotate: (client) => client.keys.rotate(),
};

/** @type {Task} */
const { service, folder, act, dieAt } = JSON.parse(process.argv[2] ?? '{}');
let steps = 0;

/** @param {string} name */
function step(name) {
  writeSync(1, `${steps} ${name}\n`);
  if (steps++ === dieAt) process.kill(process.pid, 'SIGKILL');
}

class CrashingStorage extends ClientStorage {
  /** @param {ClientStorage} inner */
  constructor(inner) {
    super();
    this.inner = inner;
  }

  /** @param {string} key */
  get(key) {
    return this.inner.get(key);
  }

  /** @param {string} prefix */
  keys(prefix) {
    return this.inner.keys(prefix);
  }

  /**
   * @param {import('@sealpost/client').StorageChanges} changes
   * @param {import('@sealpost/client').CommitOptions} [options]
   */
  async commit(changes, options) {
    const what = [...changes.keys()].map((key) => key.replace(/\/.*/, '')).join(', ');
    step(`before the commit of ${what}`);
    await this.inner.commit(changes, options);
    step(`after the commit of ${what}`);
  }

  close() {
    return this.inner.close();
  }
}

/** @type {import('@sealpost/client').Fetch} */
async function crashingFetch(input, init) {
  const url = new URL(String(input));
  const what = `${init?.method ?? 'GET'} ${url.pathname}`;
  step(`before ${what}`);
  const response = await fetch(input, init);
  step(`before the answer to ${what} is read`);
  const body = await response.text();
  step(`after the answer to ${what} was read`);
  const { status, headers } = response;
  return new globalThis.Response(status === 204 ? null : body, { status, headers });
}

const storage = new CrashingStorage(await FileStorage.open(folder));
const client = await Sealpost.open({ service, storage, fetch: crashingFetch });
const run = ACTS[act];
if (run === undefined) throw new Error(`There is no act ${act}`);
await run(client);
await client.close();
