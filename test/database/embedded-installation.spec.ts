import { chmod, chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseProcess, NOBODY } from './support/database-process.js';
import { BINARIES, countLinks, installTo, removeInstallation } from './support/installation.js';
import { query } from './support/migrations.js';

const PATIENCE = 120_000;
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;

describe('An installation by npm', () => {
  let folder: string;
  let project: string;
  let dataDir: string;
  const running: DatabaseProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealpost-test-'));
    project = join(folder, 'project');
    await installTo(project);
  }, PATIENCE);

  afterAll(() => removeInstallation(folder));

  beforeEach(async () => {
    await chmod(folder, 0o755);
    dataDir = await mkdtemp(join(folder, 'data-'));
  });

  afterEach(async () => {
    for (const database of running.splice(0)) await database.stop();
    const copy = await copyOfBinaries();
    if (copy !== null) await rm(copy, { recursive: true, force: true });
  });

  const start = (uid?: number): DatabaseProcess => {
    const database = new DatabaseProcess(dataDir, { project, ...(uid === undefined ? {} : { uid }) });
    running.push(database);
    return database;
  };
  const copyOfBinaries = async (): Promise<string | null> => {
    const note = await readFile(join(dataDir, 'postgres-binaries'), 'utf8').catch(() => null);
    return note === null ? null : note.trim();
  };
  const answers = async (database: DatabaseProcess): Promise<unknown> =>
    query(await database.ready(), 'SELECT 1 AS value');

  asRoot(
    'an installation by npm without install scripts runs for an ordinary user who cannot write to it, from a copy in the data folder',
    async () => {
      expect(await countLinks(project)).toBe(0);
      expect(await start(NOBODY).refused()).toMatch(
        /^The data folder .* cannot be used: user 65534 may not write there/,
      );
      await chown(dataDir, NOBODY, NOBODY);
      const database = start(NOBODY);
      expect(await answers(database)).toEqual([{ value: 1 }]);
      expect(await countLinks(project)).toBe(0);
      expect(await copyOfBinaries()).toMatch(`${dataDir}/`);
      expect((await stat(join(dataDir, 'postgres', 'credentials.json'))).uid).toBe(NOBODY);
      await database.stop();

      // Root goes on with the same data, and with the ordinary user's rights only.
      expect(await answers(start())).toEqual([{ value: 1 }]);
      expect((await stat(join(dataDir, 'postgres', 'cluster'))).uid).toBe(NOBODY);
    },
    PATIENCE,
  );

  it(
    'an installation by npm without install scripts runs in a folder that other users cannot enter, and makes the links itself',
    async () => {
      await chmod(folder, 0o700);
      const first = start();
      expect(await answers(first)).toEqual([{ value: 1 }]);
      expect(await countLinks(project)).toBeGreaterThan(10);
      await first.stop();

      const copy = await copyOfBinaries();
      // Nobody, as whom root runs the database, cannot enter the project: the binaries had to be copied.
      expect(copy !== null).toBe(isRoot);
      expect(await answers(start())).toEqual([{ value: 1 }]);
      expect(await copyOfBinaries()).toBe(copy);
    },
    PATIENCE,
  );

  asRoot(
    'an installation by npm without install scripts does not run a copy of the binaries that others could have changed',
    async () => {
      await chmod(folder, 0o700);
      const first = start();
      await first.ready();
      await first.stop();
      const suspicious = (await copyOfBinaries()) ?? '';
      await chmod(suspicious, 0o777);
      const second = start();
      expect(await answers(second)).toEqual([{ value: 1 }]);
      expect(await copyOfBinaries()).not.toBe(suspicious);
      await rm(suspicious, { recursive: true });
    },
    PATIENCE,
  );

  asRoot(
    'an installation by npm without install scripts replaces a copy of the binaries that is not whole',
    async () => {
      await chmod(folder, 0o700);
      const first = start();
      await first.ready();
      await first.stop();
      const halved = (await copyOfBinaries()) ?? '';
      await rm(join(halved, 'share'), { recursive: true });
      const second = start();
      expect(await answers(second)).toEqual([{ value: 1 }]);
      expect(await copyOfBinaries()).not.toBe(halved);
      await expect(stat(halved)).rejects.toThrow(/ENOENT/);
    },
    PATIENCE,
  );

  it(
    'an installation by npm without install scripts says what to do where there are no binaries for the machine',
    async () => {
      await rename(join(project, BINARIES), join(project, 'hidden'));
      try {
        expect(await start().refused()).toMatch(
          /^There is no embedded PostgreSQL for this machine: .* Set DATABASE_URL/,
        );
      } finally {
        await rename(join(project, 'hidden'), join(project, BINARIES));
      }
    },
    PATIENCE,
  );

  it(
    'an installation by npm without install scripts says what to do where the binaries are for another system, such as glibc on Alpine',
    async () => {
      const binary = join(project, BINARIES, 'native', 'bin', 'postgres');
      await rename(binary, `${binary}.hidden`);
      try {
        // The system answers as for a binary whose loader is missing.
        await writeFile(binary, '#!/lib/no-such-loader.so.2\n', { mode: 0o755 });
        expect(await start().refused()).toMatch(/needs a Linux with glibc.* Set DATABASE_URL/);
      } finally {
        await rename(`${binary}.hidden`, binary);
      }
    },
    PATIENCE,
  );

  asRoot(
    'an installation by npm without install scripts lets nobody else in the data folder',
    async () => {
      const database = start();
      await database.ready();
      expect((await stat(join(dataDir, 'postgres', 'cluster'))).mode & 0o077).toBe(0);
      expect((await stat(join(dataDir, 'postgres', 'socket'))).mode & 0o077).toBe(0);
      expect((await stat(join(dataDir, 'postgres', 'server.log'))).mode & 0o077).toBe(0);
    },
    PATIENCE,
  );
});
