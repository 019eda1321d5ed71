import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotesApp, post } from './notes-app.js';

let notes: NotesApp;

beforeAll(async () => {
  notes = await NotesApp.start();
});

afterAll(async () => {
  await notes.app.close();
});

describe('what comes in', () => {
  it.each([
    ['/notes?limit=6&limit=7', 'limit'],
    ['/notes?limit=%zz', 'limit'],
    ['/notes?limit=%ff', 'limit'],
    ['/notes?other=1', 'other'],
    ['/notes?__proto__=1', '__proto__'],
    ['/notes?limit=', 'limit'],
    ['/notes/limited?a=1', 'a'],
  ])('is refused with the name of the parameter: %s', async (path, parameter) => {
    const { status, body } = await notes.ask(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'request.invalid', errors: [{ parameter }] });
  });

  it.each(['/notes/%', '/notes/%ff', '/notes/%00', '/notes/x', `/notes/${'a'.repeat(300)}`, '/%c0%ae'])(
    'is refused when the path is not acceptable: %s',
    async (path) => {
      const { status, headers, body } = await notes.ask(path);
      expect([400, 404, 414]).toContain(status);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(body).toMatchObject({ status, instance: expect.stringContaining('urn:sealpost:request:') });
    },
  );

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/json; charset=latin1', 415],
    ['application/jsonp', 415],
    ['application/problem+json', 415],
    ['application/json; charset=utf-8', 201],
    ['application/json;charset="UTF-8"', 201],
    ['APPLICATION/JSON', 201],
  ])('is read only as JSON in UTF-8: %s', async (mediaType, expected) => {
    expect((await notes.ask('/notes', post('{"number":3}', { 'content-type': mediaType }))).status).toBe(expected);
  });

  it('is refused without a media type, and with a content encoding', async () => {
    const bytes = new TextEncoder().encode('{"number":3}');
    expect((await fetch(`${notes.url}/notes`, { method: 'POST', body: bytes })).status).toBe(415);
    const encoded = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await notes.ask('/notes', post('{"number":3}', encoded))).status).toBe(415);
  });

  it('is refused beyond the limit, with the limit itself being fine', async () => {
    const padded = (length: number) => `{"number":3}${' '.repeat(length - 12)}`;
    expect((await notes.ask('/notes', post(padded(2048)))).status).toBe(201);
    expect(await notes.ask('/notes', post(padded(2049)))).toMatchObject({
      status: 413,
      body: { code: 'request.too-large' },
    });
  });

  it('has no body where none is asked for, but may be an empty object', async () => {
    expect((await notes.ask('/notes/close', { method: 'POST' })).status).toBe(201);
    expect((await notes.ask('/notes/close', post('{}'))).status).toBe(201);
    for (const body of ['{"a":1}', 'null', '[]', '"x"'])
      expect((await notes.ask('/notes/close', post(body))).status).toBe(400);
    expect((await notes.ask('/notes', { method: 'POST' })).status).toBe(400);
    expect((await notes.ask('/notes', post(''))).status).toBe(400);
  });

  it('keeps the request id of a trusted proxy only if it is well-formed', async () => {
    const idFor = async (id: string) =>
      (await notes.ask('/notes', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('proxy-0123456789')).toBe('proxy-0123456789');
    for (const id of ['short', 'a'.repeat(65), 'quote"quote', 'a b c d e f g']) expect(await idFor(id)).not.toBe(id);
  });
});
