import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, sendRaw } from '../support/raw-http.js';
import { NotesApp, post } from './notes-app.js';

let notes: NotesApp;

beforeAll(async () => {
  notes = await NotesApp.start();
});

afterAll(async () => {
  await notes.app.close();
});

describe('requests', () => {
  it.each([
    ['/notes?limit=6&limit=7', 'limit'],
    ['/notes?limit=%zz', 'limit'],
    ['/notes?limit=%ff', 'limit'],
    ['/notes?other=1', 'other'],
    ['/notes?__proto__=1', '__proto__'],
    ['/notes?limit=', 'limit'],
    ['/notes/limited?a=1', 'a'],
  ])('a request is refused with the name of the parameter: %s', async (path, parameter) => {
    const { status, body } = await notes.ask(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'request.invalid', errors: [{ parameter }] });
  });

  it.each(['/notes/%', '/notes/%ff', '/notes/%00', '/notes/x', `/notes/${'a'.repeat(300)}`, '/%c0%ae'])(
    'a request is refused when the path is not acceptable: %s',
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
    ['application/json; charset=utf-8; x=1', 201],
    ['application/json;x="a; charset=latin1"', 201],
    ['application/json ; v=1;charset="utf\\-8"', 201],
    ['application/json; charset=utf8', 201],
    ['application/json;', 201],
    ['application/json; charset=utf-8; charset=latin1', 415],
    ['application/json; charset=', 415],
    ['application/json; x', 415],
    ['application/json, text/plain', 415],
  ])('a request is read only as JSON in UTF-8: %s', async (mediaType, expected) => {
    expect((await notes.ask('/notes', post('{"number":3}', { 'content-type': mediaType }))).status).toBe(expected);
  });

  it('a request is refused without a media type, and with a content encoding', async () => {
    const bytes = new TextEncoder().encode('{"number":3}');
    expect((await fetch(`${notes.url}/notes`, { method: 'POST', body: bytes })).status).toBe(415);
    const encoded = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await notes.ask('/notes', post('{"number":3}', encoded))).status).toBe(415);
  });

  it('a request is refused beyond the limit, with the limit itself being fine', async () => {
    const padded = (length: number) => `{"number":3}${' '.repeat(length - 12)}`;
    expect((await notes.ask('/notes', post(padded(2048)))).status).toBe(201);
    expect(await notes.ask('/notes', post(padded(2049)))).toMatchObject({
      status: 413,
      body: { code: 'request.too-large' },
    });
  });

  it('a request has no body where none is asked for, but may be an empty object', async () => {
    expect((await notes.ask('/notes/close', { method: 'POST' })).status).toBe(201);
    expect((await notes.ask('/notes/close', post('{}'))).status).toBe(201);
    for (const body of ['{"a":1}', 'null', '[]', '"x"'])
      expect((await notes.ask('/notes/close', post(body))).status).toBe(400);
    expect((await notes.ask('/notes', { method: 'POST' })).status).toBe(400);
    expect((await notes.ask('/notes', post(''))).status).toBe(400);
  });

  it.each(['gzip', 'identity, gzip'])('a request is refused with the content encoding %s', async (encoding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect((await notes.ask('/notes', post('{"number":3}', headers))).status).toBe(415);
  });

  it('a request may end its query with a separator, or have an empty one', async () => {
    for (const path of ['/notes?', '/notes?limit=6&', '/notes?&limit=6']) {
      expect([path, (await notes.ask(path)).status]).toEqual([path, 200]);
    }
  });

  it('a request keeps the request id of a trusted proxy only if it is well-formed', async () => {
    const idFor = async (id: string) =>
      (await notes.ask('/notes', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('proxy-0123456789')).toBe('proxy-0123456789');
    for (const id of ['short', 'a'.repeat(65), 'quote"quote', 'a b c d e f g']) expect(await idFor(id)).not.toBe(id);
  });
});

/** A request whose body comes in chunks: none at all, or one. */
function chunked(line: string, { chunk, type }: { chunk?: string; type?: string } = {}): string {
  const head = [`${line} HTTP/1.1`, 'Host: notes.test', 'Connection: close', 'Transfer-Encoding: chunked'];
  const headers = type === undefined ? head : [...head, `Content-Type: ${type}`];
  const chunks = chunk === undefined ? '' : `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  return `${headers.join('\r\n')}\r\n\r\n${chunks}0\r\n\r\n`;
}

describe('a body that is announced', () => {
  const statusOf = async (bytes: string): Promise<string | undefined> =>
    /^HTTP\/1\.1 (\d+)/.exec(await exchange(notes.url, bytes))?.[1];

  it.each(['GET /notes', 'HEAD /notes', 'DELETE /notes/close', 'POST /notes/close'])(
    'a body that is announced may turn out to be empty: %s',
    async (line) => {
      const expected = line.startsWith('POST') ? '201' : '200';
      for (const type of [undefined, 'application/json']) {
        expect([type, await statusOf(chunked(line, type === undefined ? {} : { type }))]).toEqual([type, expected]);
      }
    },
  );

  it.each(['GET /notes', 'HEAD /notes', 'DELETE /notes/close'])(
    'a body that is announced is refused where there is one, whatever its size: %s',
    async (line) => {
      for (const length of [1, 70_000]) {
        expect([length, await statusOf(chunked(line, { chunk: 'x'.repeat(length) }))]).toEqual([length, '400']);
      }
    },
  );

  it.each(['GET /notes', 'HEAD /notes', 'DELETE /notes/close'])(
    'a body that is announced may have no length, with any media type: %s',
    async (line) => {
      for (const type of ['application/json', 'text/plain', 'nonsense']) {
        const head = [`${line} HTTP/1.1`, 'Host: notes.test', 'Connection: close', 'Content-Length: 0'];
        const bytes = `${[...head, `Content-Type: ${type}`].join('\r\n')}\r\n\r\n`;
        expect([type, await statusOf(bytes)]).toEqual([type, '200']);
      }
    },
  );

  it('a body that is announced may be an empty object on DELETE, and nothing else', async () => {
    const status = async (body: string, type = 'application/json'): Promise<number> =>
      (await notes.ask('/notes/close', { method: 'DELETE', body, headers: { 'content-type': type } })).status;
    expect(await status('{}')).toBe(200);
    expect(await status(' { } ', 'application/json; charset=utf-8')).toBe(200);
    for (const body of ['{"a":1}', '[]', 'null']) expect([body, await status(body)]).toEqual([body, 400]);
    expect(await status('{}', 'text/plain')).toBe(415);
  });

  it('a body that is announced is asked for where the client waits to be', async () => {
    const headers = { Expect: '100-Continue', 'Content-Type': 'application/json' };
    const answer = await sendRaw(notes.url, { method: 'POST', path: '/notes', headers, body: '{"number":3}' });
    expect(answer.status).toBe(201);
  });
});

describe('a target', () => {
  it('a request target may name the server, too', async () => {
    const answer = await sendRaw(notes.url, { path: `${notes.url}/notes?limit=3` });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"limit":3')]);
  });
});

describe('a client behind a proxy', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:49152', '192.0.2.1'],
    ['"192.0.2.1:1"', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['invented, 192.0.2.1:7', '192.0.2.1'],
    ['198.51.100.1, 192.0.2.1:7, 127.0.0.9:80', '192.0.2.1'],
    ['192.0.2.1, ,', '192.0.2.1'],
    ['unknown', '127.0.0.1'],
    ['_hidden7', '127.0.0.1'],
    ['192.0.2.1, unknown', '127.0.0.1'],
    ['192.0.2.1, unknown, 127.0.0.9', '127.0.0.9'],
    ['3221225985', '127.0.0.1'],
    ['0xc0.0.2.1', '127.0.0.1'],
    ['192.0.2.1:port', '127.0.0.1'],
    ['192.0.2.1:999999', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('whoever is behind a proxy is known by an address, never by a port or a word: %s', async (header, address) => {
    const answer = await notes.ask('/notes/address', { headers: { 'x-forwarded-for': header } });
    expect(answer.text).toBe(address);
  });
});
