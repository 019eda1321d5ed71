import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { launchProcess } from '../support/index.js';

const EXIT_SETTINGS = 78;

describe('settings that cannot be used', () => {
  it('a server with settings that cannot be used does not start, and lists every problem without a stack', async () => {
    const server = await launchProcess({
      env: { SEALPOST_PORT: 'eighty', SEALPOST_REGISTRATION: 'sometimes', SEALPOST_LOGLEVEL: 'debug' },
    });
    expect(await server.exited()).toEqual({ code: EXIT_SETTINGS, signal: null });
    expect(server.logs()).toContain('SEALPOST_PORT must be a whole number from 0 to 65535, not "eighty"');
    expect(server.logs()).toContain('SEALPOST_REGISTRATION must be one of open, invitation, closed, not "sometimes"');
    expect(server.logs()).toContain('SEALPOST_LOGLEVEL is not a setting; did you mean SEALPOST_LOG_LEVEL?');
    expect(server.logs()).not.toContain('    at ');
  });

  it('a server with settings that cannot be used does not print the password of the database', async () => {
    const server = await launchProcess({ env: { DATABASE_URL: 'mysql://sealpost:hunter2@db.example/sealpost' } });
    expect((await server.exited()).code).toBe(EXIT_SETTINGS);
    expect(server.logs()).toContain('DATABASE_URL must be a PostgreSQL address');
    expect(server.logs()).not.toContain('hunter2');
  });

  it('a server with settings that cannot be used insists on a service id when the database is an external one', async () => {
    const server = await launchProcess({
      env: { DATABASE_URL: 'postgresql://sealpost@db.example/sealpost', SEALPOST_SERVICE_ID: '' },
    });
    expect((await server.exited()).code).toBe(EXIT_SETTINGS);
    expect(server.logs()).toContain('SEALPOST_SERVICE_ID must be set');
  });
});

describe('a secrets file that cannot be trusted', () => {
  it('a server with a secrets file that it must not trust refuses one that other users can read, and says how to close it', async () => {
    const server = await launchProcess();
    await server.ready();
    await server.stop();
    const file = join(server.dataDir, 'secrets.json');
    await chmod(file, 0o644);
    const second = await launchProcess({ sharing: server });
    expect((await second.exited()).code).toBe(1);
    expect(second.logs()).toContain(`chmod 600 ${file}`);
    expect(second.logs()).not.toContain('    at ');
  });

  it('a server with a secrets file that it must not trust refuses a damaged one and leaves it alone', async () => {
    const server = await launchProcess();
    await server.ready();
    await server.stop();
    await writeFile(join(server.dataDir, 'secrets.json'), '{"version":1', { mode: 0o600 });
    const second = await launchProcess({ sharing: server });
    expect((await second.exited()).code).toBe(1);
    expect(second.logs()).toContain('cannot be used: it is not JSON');
  });
});
