import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js';
import { REQUEST_ID_HEADER } from './trusted-proxies.js';

const TIMEOUT: Problem = {
  status: 408,
  code: 'request.timeout',
  detail: 'The request did not arrive in the time that it has.',
};
const HEADERS_TOO_LARGE: Problem = {
  status: 431,
  code: 'request.too-large',
  detail: 'The headers are larger than this server accepts.',
};
const EXPECTATION: Problem = {
  status: 417,
  code: 'request.invalid',
  detail: 'The only expectation that this server meets is 100-continue.',
};
const NOT_HTTP: Problem = { status: 400, code: 'request.invalid', detail: 'The request is not valid HTTP/1.1.' };

function problemOfConnection(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMEOUT;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : NOT_HTTP;
}

/**
 * The body and the headers of an answer after which the connection is closed.
 * @param common of every answer
 */
function closingAnswer(
  problem: Problem,
  common: Readonly<Record<string, string>>,
): { readonly body: string; readonly headers: Record<string, string> } {
  const requestId = randomUUID();
  const body = JSON.stringify(problemDocument(problem, { requestId, path: '/' }));
  const headers = {
    ...common,
    [REQUEST_ID_HEADER]: requestId,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  return { body, headers };
}

/** Answers what no router and no hook gets to see, with the headers of every answer. */
export class ConnectionErrors {
  constructor(private readonly headers: Readonly<Record<string, string>>) {}

  /** Answers an `Expect` header that Node would refuse without a problem document. */
  readonly onExpectation = (_request: IncomingMessage, response: ServerResponse): void => {
    const { body, headers } = closingAnswer(EXPECTATION, this.headers);
    response.writeHead(EXPECTATION.status, headers).end(body);
  };

  /** Answers what Node's HTTP parser refuses, and closes the connection. */
  readonly onClientError = (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (!socket.writable) {
      socket.destroy(error);
      return;
    }
    const problem = problemOfConnection(error.code);
    const { body, headers } = closingAnswer(problem, this.headers);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const { status } = problem;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  };
}
