import { Agent, get, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sendRaw, sharedServer, startServer } from '../support/index.js';
import type { RawResponse, RunningServer } from '../support/index.js';
import { readDocument } from '../support/openapi.js';
import { exchange } from '../support/raw-http.js';

/** What there is beside the documented routes. */
const PAGES = ['/openapi.json', '/docs', '/docs/page.css', '/docs/page.js', '/docs/swagger-ui.css'];
const PAGES_OF_CODES = ['/problems', '/problems/request.invalid', '/problems/messages.stale-key-version'];
const DOCUMENTS = [...PAGES, '/docs/swagger-ui-bundle.js', ...PAGES_OF_CODES, '/v1/service', '/.well-known/jwks.json'];

type Headers = Readonly<Record<string, string>>;

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

function read(path: string, headers: Headers = {}, method = 'GET'): Promise<RawResponse> {
  return sendRaw(server.url, { method, path, headers });
}

function readAs(path: string, coding: string): Promise<RawResponse> {
  return read(path, { 'Accept-Encoding': coding });
}

describe('a document that anybody may read', () => {
  it.each(DOCUMENTS)('the document %s is the same in every coding', async (path) => {
    const plain = await read(path);
    expect([plain.status, plain.headers['content-encoding']]).toEqual([200, undefined]);
    const [br, gzip] = [await readAs(path, 'gzip, deflate, br'), await readAs(path, 'gzip')];
    if (br.headers['content-encoding'] === 'br') {
      expect(Buffer.from(brotliDecompressSync(br.body)).equals(plain.body)).toBe(true);
      expect(br.body.length).toBeLessThan(plain.body.length);
    } else expect(br.text).toBe(plain.text);
    if (gzip.headers['content-encoding'] === 'gzip') {
      expect(Buffer.from(gunzipSync(gzip.body)).equals(plain.body)).toBe(true);
    } else expect(gzip.text).toBe(plain.text);
    for (const { headers } of [plain, br, gzip]) {
      expect(headers['vary']).toBe('Accept-Encoding');
      expect(headers['cache-control']).toMatch(/^(no-cache|public, max-age=\d+)$/);
      expect(headers['content-type']).toBe(plain.headers['content-type']);
    }
  });

  it.each(DOCUMENTS)(
    'the document %s is not sent again to whoever has it, and HEAD says the same without it',
    async (path) => {
      const tags = new Set<string>();
      for (const coding of ['identity', 'gzip', 'br']) {
        const first = await readAs(path, coding);
        const { etag = '' } = first.headers;
        expect(etag).toMatch(/^"[\w-]+"$/);
        tags.add(`${first.headers['content-encoding'] ?? 'identity'} ${etag}`);
        for (const named of [etag, `W/${etag}`, `"other", W/"x-gzip" , ${etag}`, '*']) {
          const again = await read(path, { 'Accept-Encoding': coding, 'If-None-Match': named });
          expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
          expect(again.headers['cache-control']).toBe(first.headers['cache-control']);
        }
        const newer = await read(path, { 'Accept-Encoding': coding, 'If-None-Match': '"other"' });
        expect([newer.status, newer.headers['etag']]).toEqual([200, etag]);
        const head = await headOf(path, coding);
        expect([head.status, head.headers.etag]).toEqual([200, etag]);
        expect(head.headers['content-length']).toBe(String(first.body.length));
      }
      // No two forms share a tag.
      expect(new Set([...tags].map((tag) => tag.split(' ')[1])).size).toBe(tags.size);
    },
  );

  it('a document that anybody may read is compressed where that saves something, and where the client takes it', async () => {
    const chosen = async (accepted: string) => (await readAs('/openapi.json', accepted)).headers['content-encoding'];
    const cases = {
      br: ['br', 'gzip, br', '*', 'br;q=0.5, gzip;q=0.5', 'GZIP;q=0.1, BR'],
      gzip: ['gzip', 'gzip, deflate', 'gzip, br;q=0.9', 'br;q=0, *', 'gzip;q=0.001', 'deflate, gzip;q=1.000'],
      identity: ['', 'identity', 'deflate', 'gzip;q=0, br;q=0', 'gzip;q=0.5, identity', 'gzip;q=2', '*;q=0', ';;,,='],
    };
    for (const [coding, all] of Object.entries(cases)) {
      for (const accepted of all)
        expect([accepted, (await chosen(accepted)) ?? 'identity']).toEqual([accepted, coding]);
    }
    expect((await readAs('/openapi.json', 'br')).body.length).toBeLessThan(60_000);
  });

  it('the compression leaves what a page may do, and what is no document, as they are', async () => {
    const page = await readAs('/docs', 'br');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    const unknown = await readAs('/problems/request.unheard-of', 'br');
    expect([unknown.status, unknown.headers['etag'], unknown.headers['cache-control']]).toEqual([
      404,
      undefined,
      'no-store',
    ]);
    expect((await read('/v1/service?x=1')).status).toBe(400);
  });
});

/** What the answer said, and from which of our ports it was asked for. */
interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly port: number | undefined;
}

function headOf(path: string, coding: string): Promise<Answer> {
  return ask(new URL(path, server.url), { method: 'HEAD', headers: { 'Accept-Encoding': coding } });
}

function ask(url: URL, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, options, (answer) => {
      const { statusCode: status, headers, socket } = answer;
      const { localPort: port } = socket;
      answer.resume().on('end', () => {
        resolve({ status, headers, port });
      });
    }).on('error', reject);
  });
}

describe('the limit of what anybody may read', () => {
  it('the limit of what anybody may read counts all of it together, per client address, and neither health nor anything else', async () => {
    const env = { SEALPOST_RATE_OPEN_PER_ADDRESS: '2/3600', SEALPOST_TRUSTED_PROXIES: '127.0.0.1' };
    const limited = await startServer({ env });
    const from = (client: string, path: string) =>
      sendRaw(limited.url, { path, headers: { 'X-Forwarded-For': client, 'If-None-Match': '*' } });
    const document = await readDocument(server);
    const open = Object.entries(document.paths)
      .filter(([path, { get: operation }]) => operation?.security?.length === 0 && !path.startsWith('/health/'))
      .map(([path]) => path.replace('{code}', 'request.invalid'));
    expect(open).toEqual(
      expect.arrayContaining(['/v1/service', '/.well-known/jwks.json', '/problems/request.invalid']),
    );
    const paths = [...new Set([...open, ...DOCUMENTS, '/docs/favicon-32x32.png', '/docs/'])];
    for (const path of ['/v1/service', '/openapi.json']) expect((await from('192.0.2.1', path)).status).toBe(304);
    for (const path of paths) {
      const refused = await from('192.0.2.1', path);
      expect([path, refused.status, refused.headers['content-type']]).toEqual([path, 429, 'application/problem+json']);
      expect(refused.json()).toMatchObject({ code: 'request.rate-limited', status: 429 });
      const seconds = Number(refused.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(1800);
    }
    for (const path of ['/health/live', '/health/ready']) expect((await from('192.0.2.1', path)).status).toBe(200);
    expect((await from('192.0.2.1', '/v1/account')).status).toBe(401);
    const others = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((client) => from(client, '/v1/service'));
    expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([304, 304, 429]);
  });
});

describe('a connection', () => {
  const REQUESTS = 1000;

  it('an HTTP connection ends in order after so many requests, and clients that keep connections open notice nothing', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = new URL('/health/live', server.url);
    const ports = new Set<number | undefined>();
    const closed: number[] = [];
    for (let count = 1; count <= REQUESTS + 10; count++) {
      const answer = await ask(url, { agent });
      expect(answer.status).toBe(200);
      ports.add(answer.port);
      if (answer.headers.connection === 'close') closed.push(count);
    }
    agent.destroy();
    expect(closed).toEqual([REQUESTS]);
    expect(ports.size).toBe(2);
  });

  it('an HTTP connection takes requests that are sent at once one after another, with others in between, and ends with its last answer', async () => {
    const request = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n';
    const state = { ended: false, others: 0 };
    const pipelined = exchange(server.url, request.repeat(3 * REQUESTS)).finally(() => (state.ended = true));
    for (; !state.ended; state.others++) expect((await read('/health/live')).status).toBe(200);
    const answers = (await pipelined).split(/(?=HTTP\/1\.1 \d{3} )/);
    expect(answers.map((answer) => answer.slice(0, 15))).toEqual(Array(REQUESTS).fill('HTTP/1.1 200 OK'));
    const closing = answers.flatMap((answer, index) => (/^connection: close\r$/im.test(answer) ? [index + 1] : []));
    expect(closing).toEqual([REQUESTS]);
    // In one piece of work, no more than the first and the last of them would have been answered.
    expect(state.others).toBeGreaterThan(20);
  });

  it('an HTTP connection is replaced without a word by fetch, as the SDK uses it', async () => {
    const url = new URL('/health/live', server.url);
    const statuses = new Set<number>();
    for (let count = 0; count < REQUESTS + 10; count++) {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      statuses.add(answer.status);
    }
    expect([...statuses]).toEqual([200]);
  });
});
