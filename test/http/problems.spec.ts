import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ERRORS } from '@sealpost/protocol';
import { NotesApp, post } from './notes-app.js';

let notes: NotesApp;

beforeAll(async () => {
  notes = await NotesApp.start();
});

afterAll(async () => {
  await notes.app.close();
});

describe('problem documents', () => {
  it('problem documents have the members of RFC 9457, a code, and the id of the request', async () => {
    const { status, headers, body } = await notes.ask('/notes', post('{}'));
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: '/problems/request.invalid',
      title: 'The request does not have the expected form',
      status: 400,
      detail: '/number is required.',
      instance: `urn:sealpost:request:${headers.get('x-request-id') ?? ''}`,
      code: 'request.invalid',
      errors: [{ pointer: '/number', detail: 'is required' }],
    });
  });

  it('problem documents carry extensions, which cannot replace their own members', async () => {
    const { status, body } = await notes.ask('/notes/full');
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'x-notes.full', status: 422, room: 0, errors: [{ pointer: '/number' }] });
  });

  it('problem documents say when to come back, in whole seconds', async () => {
    const { status, headers } = await notes.ask('/notes/limited');
    expect([status, headers.get('retry-after')]).toEqual([429, '2']);
  });

  it('problem documents of a refused log-in are the same to the byte each time, and ask for a token', async () => {
    const [first, second] = [await notes.ask('/notes/login'), await notes.ask('/notes/login')];
    expect(first.headers.get('www-authenticate')).toBe('Bearer realm="sealpost"');
    expect(first.body).toEqual(second.body);
    expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'));
  });

  it('problem documents say nothing about the inside when something unexpected fails, and log it once with the request id', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { status, headers, body } = await notes.ask('/notes/failure');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('inside');
    expect(body).toMatchObject({ code: 'server.internal' });
    expect(log).toHaveBeenCalledTimes(1);
    expect(String(log.mock.calls[0]?.[0])).toContain(headers.get('x-request-id') ?? 'none');
    log.mockRestore();
  });

  it('problem documents are made of errors that a part of the core translates, and of plain exceptions of modules', async () => {
    expect(await notes.ask('/notes/database')).toMatchObject({ status: 503, body: { code: 'server.unavailable' } });
    const forbidden = await notes.ask('/notes/forbidden');
    expect(forbidden).toMatchObject({ status: 403, body: { code: 'request.refused', detail: 'Not on Sundays.' } });
    expect(await notes.ask('/notes/missing')).toMatchObject({ status: 404, body: { code: 'request.not-found' } });
  });

  it('problem documents answer unknown paths with 404 and known ones that lack the method with 405 and Allow', async () => {
    expect(await notes.ask('/nowhere')).toMatchObject({ status: 404, body: { code: 'request.not-found' } });
    const { status, headers, body } = await notes.ask('/notes', { method: 'PUT' });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
    expect(body).toMatchObject({ code: 'request.method-not-allowed' });
  });

  it('problem documents are explained at the address in their type', async () => {
    const { status, headers, body } = await notes.ask('/problems/request.invalid');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(body).toContain('# The request does not have the expected form');
    expect((await notes.ask('/problems/request.unheard-of')).status).toBe(404);
    expect((await notes.ask('/problems/..%2f..%2fpackage')).status).toBe(400);
  });

  it('problem documents are listed with status and title, each with a link to its page', async () => {
    const { headers, body } = await notes.ask('/problems');
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    const rows = String(body).match(/^\| \[.*$/gm) ?? [];
    expect(rows).toEqual(
      Object.entries(ERRORS)
        .map(([code, { status, title }]) => `| [${code}](problems/${code}) | ${status} | ${title} |`)
        .sort(),
    );
  });
});
