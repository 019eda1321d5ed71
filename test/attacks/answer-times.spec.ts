import { describe, expect, it } from '@jest/globals';
import { call, sharedServer } from '../support/index.js';
import { readDocument, resolveSchema, routesOf } from '../support/openapi.js';
import type { ApiRoute } from '../support/openapi.js';

/** Timers keep whole milliseconds. */
const LEAST_MS = 19;

/** Whether anybody may name a loginId to it. */
function takesLoginIds({ document, method, isPublic, bodySchema }: ApiRoute): boolean {
  const { properties = {} } = resolveSchema(document, bodySchema ?? {});
  return isPublic && method === 'POST' && 'loginId' in properties;
}

describe('answer times', () => {
  it('whether somebody has a loginId is not to be told from times: whoever asks a route that keeps it secret waits for a fixed time', async () => {
    const server = await sharedServer();
    const document = await readDocument(server);
    const routes = routesOf(document).filter(({ bodySchema }) => bodySchema !== undefined);
    const open = routes.filter(takesLoginIds).map(({ path }) => path);
    expect(open.sort()).toEqual([
      '/v1/auth/challenge',
      '/v1/auth/device-requests',
      '/v1/auth/login',
      '/v1/auth/recovery',
      '/v1/auth/recovery/open',
      // Says that a loginId is taken, to whoever wants it.
      '/v1/auth/register',
      '/v1/auth/reset',
      '/v1/auth/reset/claim',
      '/v1/auth/reset/open',
    ]);
    for (const path of open.filter((one) => one !== '/v1/auth/register')) {
      const askedAt = performance.now();
      await call(server, 'POST', path, { body: { loginId: 'nobody@example.org' } });
      expect({ path, inTime: performance.now() - askedAt >= LEAST_MS }).toEqual({ path, inTime: true });
    }
  });
});
