import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copiedFiles } from '../architecture/docker-checks.js';
import { emptyDataFolder } from '../support/data-folder.js';
import { ServerProcess } from '../support/server-process.js';

const PROJECT = resolve(import.meta.dirname, '../..');

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>;
}

/** What `npm prune --omit=dev` leaves: links to the packages that are installed here, without those for development. */
async function linkProductionPackages(folder: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8')) as LockFile;
  for (const [path, { dev, link }] of Object.entries(lock.packages)) {
    const isTopLevel = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
    if (!isTopLevel || dev === true || link === true) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(PROJECT, path), join(folder, path));
  }
  await symlink(join(folder, 'packages/protocol'), join(folder, 'node_modules/@sealpost/protocol'));
}

/** The folder /app of the image, as the COPY instructions of the Dockerfile's last stage fill it. */
async function makeImageFolder(folder: string): Promise<void> {
  for (const { source, target } of copiedFiles(await readFile(join(PROJECT, 'Dockerfile'), 'utf8'), 'last')) {
    const from = source.replace(/^\/app\//, '');
    if (from.startsWith('node_modules')) continue;
    const to = from.endsWith('/') ? target : join(target, from.split('/').at(-1) ?? '');
    await cp(join(PROJECT, from), join(folder, to), { recursive: true });
  }
  await mkdir(join(folder, 'node_modules/@sealpost'), { recursive: true });
  await linkProductionPackages(folder);
}

describe('What the Dockerfile copies into the image', () => {
  let folder: string;
  let dataDir: string;
  let server: ServerProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealpost-image-'));
    dataDir = await emptyDataFolder();
    await makeImageFolder(folder);
    server = new ServerProcess({ NODE_ENV: 'production', SEALPOST_PORT: '0', SEALPOST_DATA_DIR: dataDir }, folder);
  });

  afterAll(async () => {
    await server.end();
    for (const path of [folder, dataDir]) await rm(path, { recursive: true, force: true });
  });

  it('is all that the server needs to migrate a database, be ready and explain its problems', async () => {
    const url = await server.address();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const { type } = (await (await fetch(`${url}/nowhere`)).json()) as { type: string };
    expect((await fetch(url + type)).status).toBe(200);
  });

  it('has a health check that tells a running server from a stopped one', async () => {
    const url = await server.address();
    const check = /HEALTHCHECK[^[]*(\[.*\])/.exec(await readFile(join(PROJECT, 'Dockerfile'), 'utf8'))?.[1] ?? '[]';
    const [, ...args] = JSON.parse(check) as string[];
    const exitCodeAt = async (port: string): Promise<number | null> => {
      const child = spawn(process.execPath, args, { env: { SEALPOST_PORT: port }, stdio: 'ignore' });
      return new Promise((done) => child.on('close', done));
    };
    expect(await exitCodeAt(new URL(url).port)).toBe(0);
    await server.end();
    expect(await exitCodeAt(new URL(url).port)).toBe(1);
  });
});
