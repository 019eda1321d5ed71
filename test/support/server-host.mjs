// Several servers in one process, each with settings, a data folder and a database of its own: loading the program takes
// ten times as long as starting a server. Tests start and stop them by HTTP (see hosted-server.ts), and run the commands of
// their administrators here (see admin.ts).
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers';
import { rename, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { run } from '@sealpost/command-line';
import { pino } from 'pino';
import { AdminContext } from '../../dist/admin/admin-context.js';
import { program } from '../../dist/admin/program.js';
import { loadSettings } from '../../dist/core/config/index.js';
import { createLogger } from '../../dist/core/logging/index.js';
import { Server } from '../../dist/server.js';

/** @typedef {import('./hosted-server.js').HostRequest} HostRequest */

const addressFile = process.argv[2] ?? '';
/** @type {Map<string, Server>} */
const servers = new Map();

/** @type {(request: HostRequest) => Promise<unknown>} */
async function start({ id, env, logFile }) {
  const settings = loadSettings(env);
  const log = createLogger(settings, pino.destination({ dest: logFile, sync: true }));
  /** @type {(error: Error) => void} */
  const onLost = (error) => {
    log.fatal({ error }, 'The database is lost');
    void servers.get(id)?.abort();
  };
  const server = await Server.start({ settings, log, onLost, signal: new globalThis.AbortController().signal });
  servers.set(id, server);
  return { banner: server.banner };
}

/** @type {(request: HostRequest) => Promise<unknown>} */
async function stop({ id }) {
  const server = servers.get(id);
  servers.delete(id);
  return { finished: (await server?.stop()) ?? true };
}

/** @type {(request: import('./hosted-server.js').AdminRequest) => Promise<unknown>} */
async function admin({ env, args }) {
  /** @type {typeof program} */
  const besideServer = {
    ...program,
    context: (_, { streams, json: isJson }) =>
      Object.defineProperty(new AdminContext(streams, isJson), 'settings', { get: () => loadSettings(env) }),
  };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const code = await run(besideServer, args, { stdin: Readable.from([]), stdout, stderr }, env);
  stdout.end();
  stderr.end();
  const [said, complained] = await written;
  return { code, stdout: said, stderr: complained };
}

async function stopAll() {
  const stopping = [...servers.keys()].map((id) => stop({ id, env: {}, logFile: '' }));
  await Promise.allSettled(stopping);
  setImmediate(() => process.exit(0));
  return {};
}

/** @type {Record<string, (request: any) => Promise<unknown>>} */
const ROUTES = { '/start': start, '/stop': stop, '/admin': admin, '/end': stopAll };

const control = createServer((request, response) => {
  json(request)
    .then((asked) => ROUTES[request.url ?? '']?.(asked))
    .catch((error) => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => response.end(JSON.stringify(answer)));
});
control.listen(0, '127.0.0.1');
await once(control, 'listening');

process.once('SIGTERM', () => void stopAll());

const { port } = /** @type {import('node:net').AddressInfo} */ (control.address());
await writeFile(`${addressFile}.draft`, JSON.stringify({ url: `http://127.0.0.1:${port}` }));
await rename(`${addressFile}.draft`, addressFile);
