import { rename, rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { embeddedPostmaster, killEmbeddedDatabase, startProcess, waitFor } from '../support/index.js';

const PATIENCE = 300_000;
const REASON = /is gone: (?:it|the folder) was removed, or its volume was taken away/;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('A server whose data folder goes away', () => {
  const leftovers: string[] = [];

  afterEach(async () => {
    for (const folder of leftovers.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it.each<[string, (dataDir: string) => Promise<void>]>([
    ['removed', (dataDir) => rm(dataDir, { recursive: true, force: true, maxRetries: 20 })],
    ['moved away', (dataDir) => rename(dataDir, `${dataDir}-away`)],
    [
      'removed, and the database is killed',
      async (dataDir) => {
        await killEmbeddedDatabase(dataDir);
        await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
      },
    ],
  ])(
    'a server whose data folder goes away as it is %s, ends with the reason, and takes its database along',
    async (_how, goAway) => {
      const server = await startProcess({ database: 'embedded' });
      leftovers.push(server.dataDir, `${server.dataDir}-away`);
      const database = (await embeddedPostmaster(server.dataDir)) ?? 0;
      const before = server.logs().split('\n').length;
      await goAway(server.dataDir);
      expect(await server.exited()).toEqual({ code: 1, signal: null });
      const lines = server
        .logs()
        .split('\n')
        .slice(before - 1);
      expect(lines.filter((line) => REASON.test(line) && line.includes('"fatal"'))).toHaveLength(1);
      expect(lines.length).toBeLessThan(30);
      await waitFor(() => !isAlive(database), { what: 'the end of the database' });
    },
    PATIENCE,
  );
});
