import { connect } from 'node:net';

/** An answer as it came over the wire, without what an HTTP client would repair or hide. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; of a repeated header the values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): unknown;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const TIMEOUT_MS = 30_000;

/** Sends exactly these bytes on a connection of their own and reads one answer. */
export function sendBytes(serverUrl: string, bytes: string | Uint8Array): Promise<RawResponse> {
  const { hostname, port } = new URL(serverUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    let received = Buffer.alloc(0);
    const settle = (ended: boolean): void => {
      const response = parseResponse(received, ended);
      if (response !== null) resolve(response);
      else if (ended) reject(new Error(`The server closed the connection after ${received.length} bytes`));
      if (response !== null || ended) socket.destroy();
    };
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('The server did not answer in time')));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      settle(false);
    });
    socket.on('end', () => {
      settle(true);
    });
    socket.on('error', reject);
    socket.write(bytes);
  });
}

/** Sends these bytes and returns whatever comes back until the server closes the connection, in Latin-1. */
export function exchange(serverUrl: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(serverUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    let received = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('The server did not close the connection in time')));
    socket.setEncoding('latin1').on('data', (text) => (received += String(text)));
    socket.on('end', () => {
      resolve(received);
    });
    socket.on('error', reject);
    socket.write(bytes, 'latin1');
  });
}

/** Composes a request with only the headers named here besides Host, Connection and, with a body, Content-Length. */
export function sendRaw(serverUrl: string, request: RawRequest): Promise<RawResponse> {
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const headers: Record<string, string> = { Host: new URL(serverUrl).host, Connection: 'close' };
  if (body !== undefined) headers['Content-Length'] = String(body.length);
  Object.assign(headers, request.headers);
  const head = [
    `${request.method ?? 'GET'} ${request.path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  return sendBytes(serverUrl, Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]));
}

function parseResponse(received: Buffer, ended: boolean): RawResponse | null {
  const headLength = received.indexOf(HEAD_END);
  if (headLength < 0) return null;
  const [statusLine = '', ...headerLines] = received.toString('latin1', 0, headLength).split('\r\n');
  const [, status = '', reason = ''] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
  const rest = received.subarray(headLength + HEAD_END.length);
  if (status === '100') return parseResponse(rest, ended);
  const headers = parseHeaders(headerLines);
  const body = status === '204' || status === '304' ? Buffer.alloc(0) : readBody(rest, headers, ended);
  if (body === null) return null;
  const text = body.toString('utf8');
  return { status: Number(status), reason, headers, body, text, json: () => JSON.parse(text) as unknown };
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** null: more is to come. */
function readBody(rest: Buffer, headers: Record<string, string>, ended: boolean): Buffer | null {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(rest);
  const length = headers['content-length'];
  if (length === undefined) return ended ? rest : null;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : null;
}

function readChunks(rest: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (rest.length < start + size + 2) return null;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(start, start + size));
    at = start + size + 2;
  }
}
