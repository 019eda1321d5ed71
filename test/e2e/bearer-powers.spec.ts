import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import { registerUser, sharedServer } from '../support/index.js';
import { readDocument, routesOf } from '../support/openapi.js';

const THREAT_MODEL = resolve(import.meta.dirname, '../../docs/threat-model.md');

/** `METHOD /path (operationId)` of the rows of the table. */
let documented: string[];
/** The routes that take an access token, in the same form. */
let routes: string[];

beforeAll(async () => {
  const text = await readFile(THREAT_MODEL, 'utf8');
  documented = [...text.matchAll(/^\| `([A-Z]+ \/\S+)` \(`(\w+)`\) +\|/gm)].map(
    ([, route = '', name = '']) => `${route} (${name})`,
  );
  const document = await readDocument(await sharedServer());
  routes = routesOf(document)
    .filter(({ isPublic }) => !isPublic)
    .map(({ method, path, operation }) => `${method} ${path} (${operation.operationId ?? ''})`);
});

describe('The powers of a bearer', () => {
  it('what a bearer alone may do is in the threat model for every route that takes an access token, by its name, and for no other', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect([...documented].sort()).toEqual([...routes].sort());
  });

  it('a bearer reads nothing that a guessed password could be tested with, wherever it reads', async () => {
    const server = await sharedServer();
    const { userId, token } = await registerUser(server);
    const [row] = await server.sql<Record<string, Buffer>>(
      'SELECT salt, auth_public_key, password_unlock, recovery_unlock FROM accounts WHERE user_id = $1',
      [userId],
    );
    const secrets = Object.values(row ?? {}).map(encodeBase64Url);
    expect(secrets).toHaveLength(4);
    // The stream does not end, and shows what GET /v1/messages does.
    const reads = routes.filter((route) => route.startsWith('GET ') && !route.includes('/stream '));
    expect(reads.length).toBeGreaterThan(10);
    for (const route of reads) {
      const [, address = ''] = route.split(' ');
      const path = address.replace('{id}', userId).replace('{version}', '1');
      const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      const text = await answer.text();
      expect([route, secrets.filter((secret) => text.includes(secret))]).toEqual([route, []]);
    }
  });
});
