import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copiedFiles } from './docker-checks.js';
import { emptyDataFolder } from '../support/data-folder.js';
import { ServerProcess } from '../support/server-process.js';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../..');

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>;
}

/** Links to the packages that are installed here, as `npm ci` or then `npm prune --omit=dev` would leave them. */
async function linkPackages(folder: string, which: 'all' | 'production'): Promise<void> {
  const lock = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8')) as LockFile;
  for (const [path, { dev, link }] of Object.entries(lock.packages)) {
    const isTopLevel = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
    if (!isTopLevel || link === true || (dev === true && which === 'production')) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(PROJECT, path), join(folder, path));
  }
  if (which === 'all') await symlink(join(PROJECT, 'node_modules/.bin'), join(folder, 'node_modules/.bin'));
  await mkdir(join(folder, 'node_modules/@sealpost'), { recursive: true });
  for (const name of which === 'all'
    ? ['protocol', 'file-lock', 'command-line', 'client']
    : ['protocol', 'file-lock', 'command-line']) {
    await symlink(join('../../packages', name), join(folder, 'node_modules/@sealpost', name));
  }
}

/** Whether the last lines of .dockerignore, those that begin with `**`, keep a path from the builder. */
async function readIgnored(): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(PROJECT, '.dockerignore'), 'utf8')).split('\n');
  const endings = lines.filter((line) => line.startsWith('**/')).map((line) => line.slice(3));
  return (path) =>
    endings.some((ending) => (ending.startsWith('*') ? path.endsWith(ending.slice(1)) : basename(path) === ending));
}

/** Carries out the COPY instructions of the Dockerfile's last stage, or of the one before it. */
async function copyStage(stage: 'last' | 'earlier', builder: string, folder: string): Promise<void> {
  const isIgnored = await readIgnored();
  for (const copy of copiedFiles(await readFile(join(PROJECT, 'Dockerfile'), 'utf8'), stage)) {
    const source = copy.source.replace(/^\/app\//, '');
    if (source.startsWith('node_modules')) continue;
    const target = source.endsWith('/') ? copy.target : join(copy.target, basename(source));
    const filter = copy.fromStage ? () => true : (path: string): boolean => !isIgnored(path);
    await cp(join(copy.fromStage ? builder : PROJECT, source), join(folder, target), { recursive: true, filter });
  }
}

describe('The container image', () => {
  const folders: string[] = [];
  const servers: ServerProcess[] = [];
  let server: ServerProcess;

  const makeFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'sealpost-image-'));
    folders.push(folder);
    return folder;
  };

  beforeAll(async () => {
    const builder = await makeFolder();
    await copyStage('earlier', builder, builder);
    await linkPackages(builder, 'all');
    await run('npm', ['run', 'build'], { cwd: builder });
    const image = await makeFolder();
    await copyStage('last', builder, image);
    await linkPackages(image, 'production');
    const dataDir = await emptyDataFolder();
    folders.push(dataDir);
    server = new ServerProcess({ NODE_ENV: 'production', SEALPOST_PORT: '0', SEALPOST_DATA_DIR: dataDir }, image);
    servers.push(server);
  }, 240_000);

  afterAll(async () => {
    for (const started of servers) await started.end();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  it('the image holds all that the server needs to migrate a database, be ready and explain its problems', async () => {
    const url = await server.address();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const { type } = (await (await fetch(`${url}/nowhere`)).json()) as { type: string };
    expect((await fetch(url + type)).status).toBe(200);
  });

  it('the image has a health check that tells a running server from a stopped one', async () => {
    const url = await server.address();
    const check = /HEALTHCHECK[^[]*(\[.*\])/.exec(await readFile(join(PROJECT, 'Dockerfile'), 'utf8'))?.[1] ?? '[]';
    const [, ...args] = JSON.parse(check) as string[];
    const exitCode = async (): Promise<number | null> => {
      const child = spawn(process.execPath, args, { env: { SEALPOST_PORT: new URL(url).port }, stdio: 'ignore' });
      return new Promise((done) => child.on('close', done));
    };
    expect(await exitCode()).toBe(0);
    await server.end();
    expect(await exitCode()).toBe(1);
  });
});
