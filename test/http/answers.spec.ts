import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SwaggerModule } from '@nestjs/swagger';
import { createOpenApiDocument } from '../../src/core/http/index.js';
import { NotesApp } from './notes-app.js';

let notes: NotesApp;

beforeAll(async () => {
  notes = await NotesApp.start();
});

afterAll(async () => {
  await notes.app.close();
});

describe('answers', () => {
  it('an answer has bytes as base64url and omits what is absent', async () => {
    const { body } = await notes.ask('/notes');
    expect(body).toEqual({ limit: 5, bytes: '_w', list: [''] });
  });

  it('an answer is never cached, sniffed or run, and does not name the software', async () => {
    for (const path of ['/notes', '/nowhere', '/notes/%ff']) {
      const { headers } = await notes.ask(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('sealpost-service')).toMatch(/^notes\.example; version=\d+\.\d+\.\d+/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
  });

  it('an answer is readable by pages of the configured origins only', async () => {
    const from = async (origin: string) =>
      (await notes.ask('/notes', { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await from('https://app.example')).toBe('https://app.example');
    expect(await from('https://evil.example')).toBeNull();
    const allowed = await notes.ask('/notes', { headers: { origin: 'https://app.example' } });
    const exposed = allowed.headers.get('access-control-expose-headers')?.split(/, ?/);
    const read = ['date', 'dpop-nonce', 'etag', 'retry-after', 'sealpost-service', 'www-authenticate', 'x-request-id'];
    expect(exposed).toEqual(expect.arrayContaining(read));
    const preflight = await notes.ask('/notes', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  it('an answer to HEAD is that to GET without a body', async () => {
    const response = await fetch(`${notes.url}/notes`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toContain('application/json');
  });
});

describe('the OpenAPI document of a bare module', () => {
  const operation = (path: string, method: string) => {
    const document = createOpenApiDocument(notes.app);
    const found = (document.paths[path] as Record<string, { responses: Record<string, unknown>; security?: unknown }>)[
      method
    ];
    if (found === undefined) throw new Error(`${method} ${path} is not described`);
    return { ...found, statuses: Object.keys(found.responses), text: JSON.stringify(found) };
  };

  it('the OpenAPI document of a bare module has error answers for every route, 401 unless it is public, and what belongs to bodies', () => {
    const { components } = createOpenApiDocument(notes.app);
    /** What stands for the statuses that a route does not name. */
    const others = ({ responses }: { readonly responses: Record<string, unknown> }): unknown => {
      const { $ref = '' } = responses['default'] as { readonly $ref?: string };
      return components?.responses?.[$ref.split('/').at(-1) ?? ''] ?? responses['default'];
    };
    const list = operation('/notes', 'get');
    expect(list).toMatchObject({ security: [], statuses: ['200', '400', 'default'] });
    expect(others(list)).toMatchObject({ description: '`server.internal` (500), `server.unavailable` (503).' });
    const create = operation('/notes', 'post');
    expect(create.statuses).toEqual(['201', '400', '422', '429', 'default']);
    expect(create.text).toContain('`x-notes.full`');
    for (const status of [401, 408, 413, 415, 500, 503])
      expect(JSON.stringify(others(create))).toContain(`(${status})`);
    expect(create.text).not.toContain('x-problem');
  });

  it('the OpenAPI document of a bare module names each operation after controller and method', () => {
    expect(operation('/notes/{id}', 'get')).toMatchObject({ operationId: 'notes.get', tags: ['Notes'] });
  });

  it('the OpenAPI document of a bare module is made once, before the first request: nobody waits for it', async () => {
    const making = jest.spyOn(SwaggerModule, 'createDocument');
    const started = await NotesApp.start();
    const madeAtTheStart = making.mock.calls.length;
    const answers = [await started.ask('/openapi.json'), await started.ask('/openapi.json')];
    const made = making.mock.calls.length;
    making.mockRestore();
    await started.app.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect([madeAtTheStart, made]).toEqual([1, 1]);
  });

  it('the OpenAPI document of a bare module is served with a page that runs without anything inline or foreign', async () => {
    expect((await notes.ask('/openapi.json')).body).toMatchObject({ openapi: '3.1.0', info: { title: 'Sealpost' } });
    const { headers, text } = await notes.ask('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThanOrEqual(4);
    for (const address of addresses) {
      expect(address).toMatch(/^docs\/[a-z0-9.-]+$/);
      expect((await notes.ask(`/${address}`)).status).toBe(200);
    }
    expect(text).not.toMatch(/<script>|<style>| style="| on[a-z]+="/);
  });
});
