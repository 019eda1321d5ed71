import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson } from '@sealpost/protocol';
import { eraseAccount } from '../../test/support/account-api.js';
import { exportAccount } from '../../test/support/export-api.js';
import { untilWaiting, whileHeld } from '../../test/support/held-locks.js';
import {
  call,
  freshUuid,
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
} from '../../test/support/index.js';

const MINUTE = 60_000;
const inAnHour = (): number => Math.ceil(Date.now() / MINUTE + 60) * MINUTE;
const project = resolve(import.meta.dirname, '../..');

describe('An additional module', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    const tsc = resolve(project, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', import.meta.dirname], { cwd: project });
    const module = resolve(import.meta.dirname, 'dist/away-notices.module.js');
    server = await startServer({ env: { SEALPOST_MODULES: module } });
    [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
  });

  it('an additional module keeps a notice that others can read until it is taken back', async () => {
    const until = inAnHour();
    expect((await call(server, 'PUT', '/v1/away', { token: alice.token, body: { until } })).status).toBe(204);
    const read = () =>
      call<{ until: number } & ProblemJson>(server, 'GET', `/v1/away/${alice.userId}`, { token: bob.token });
    expect((await read()).body).toEqual({ until });
    expect((await call(server, 'DELETE', '/v1/away', { token: alice.token })).status).toBe(204);
    const gone = await read();
    expect([gone.status, gone.body.code]).toEqual([404, 'x-away.no-notice']);
  });

  it('an additional module exports its rows with the account, erases them with it, and stores nothing of an erased user', async () => {
    const carol = await registerUser(server);
    const until = inAnHour();
    const put = () => call<ProblemJson>(server, 'PUT', '/v1/away', { token: carol.token, body: { until } });
    expect((await put()).status).toBe(204);
    const { lines } = await exportAccount(server, carol.token);
    expect(lines.find(({ kind }) => kind === 'x-away.notice')).toMatchObject({ data: { until } });
    expect((await eraseAccount(server, carol)).status).toBe(204);
    expect(await server.sql('SELECT 1 FROM away_notices.notices WHERE user_id = $1', [carol.userId])).toEqual([]);
    expect((await put()).body.code).toBe('auth.session-ended');
  });

  it('an additional module keeps a user from being erased while it stores something of theirs', async () => {
    const dave = await registerUser(server);
    const until = inAnHour();
    const answers = await whileHeld(server, 'LOCK TABLE away_notices.notices IN SHARE MODE', async (release) => {
      const putting = call(server, 'PUT', '/v1/away', { token: dave.token, body: { until } });
      await untilWaiting(server, 'INSERT INTO away_notices');
      const erasing = eraseAccount(server, dave);
      await untilWaiting(server, 'accounts%FOR UPDATE');
      await release();
      return Promise.all([putting, erasing]);
    });
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(await server.sql('SELECT 1 FROM away_notices.notices WHERE user_id = $1', [dave.userId])).toEqual([]);
  });

  it('an additional module gets authentication and validation without asking for them', async () => {
    expect((await call(server, 'GET', `/v1/away/${freshUuid()}`)).status).toBe(401);
    const wrong = await call<ProblemJson>(server, 'PUT', '/v1/away', { token: alice.token, body: { until: 'soon' } });
    expect([wrong.status, wrong.body.errors?.[0]?.pointer]).toEqual([400, '/until']);
  });

  it('an additional module may use decorators of class-validator beside those of fields', async () => {
    const body = { until: inAnHour() + 1 };
    const odd = await call<ProblemJson>(server, 'PUT', '/v1/away', { token: alice.token, body });
    expect([odd.status, odd.body.errors]).toEqual([400, [{ pointer: '/until', detail: 'must be a full minute' }]]);
  });

  it('an additional module appears in the OpenAPI document', async () => {
    const { body } = await call<{ paths: Record<string, unknown> }>(server, 'GET', '/openapi.json');
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/v1/away', '/v1/away/{userId}']));
  });
});
