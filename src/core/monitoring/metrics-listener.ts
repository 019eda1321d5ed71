import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER_HEADERS, PROBLEM_MEDIA_TYPE, problemDocument, REQUEST_ID_HEADER } from '../http/index.js';
import type { Problem } from '../http/index.js';
import type { Metrics } from '../metrics/index.js';

const PATH = '/metrics';
/** A scrape is one small request; nobody has reason to take longer, or to come with many connections. */
const REQUEST_TIMEOUT_MS = 5000;
const MOST_CONNECTIONS = 50;
const LAST_ANSWER_MS = 1000;

const NOT_FOUND: Problem = { status: 404, code: 'request.not-found', detail: `There is only GET ${PATH} here.` };
const FAILED: Problem = { status: 500, code: 'server.internal', detail: 'The metrics could not be read.' };

/** Serves the metrics on a port of their own, without credentials. */
export class MetricsListener {
  private constructor(private readonly server: Server) {}

  /**
   * Returns once it listens; port 0 is any free one.
   * @throws what node:http says, e.g. that the port is taken
   */
  static async start(metrics: Metrics, address: { host: string; port: number }): Promise<MetricsListener> {
    const server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 65_000 },
      (request, response) => {
        void answer(metrics, request, response);
      },
    );
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(address, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new MetricsListener(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Lets a scrape that is under way end. */
  async stop(): Promise<void> {
    const cutOff = setTimeout(() => this.server.closeAllConnections(), LAST_ANSWER_MS);
    await new Promise((resolve) => this.server.close(resolve));
    clearTimeout(cutOff);
  }
}

async function answer({ registry }: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const path = request.url?.split('?', 1)[0];
  if (path !== PATH || (request.method !== 'GET' && request.method !== 'HEAD')) {
    refuse(NOT_FOUND, response);
    return;
  }
  try {
    const text = await registry.metrics();
    response.writeHead(200, { ...ANSWER_HEADERS, 'content-type': registry.contentType }).end(text);
  } catch {
    refuse(FAILED, response);
  }
}

function refuse(problem: Problem, response: ServerResponse): void {
  const requestId = randomUUID();
  const headers = { ...ANSWER_HEADERS, [REQUEST_ID_HEADER]: requestId, 'content-type': PROBLEM_MEDIA_TYPE };
  response.writeHead(problem.status, headers).end(JSON.stringify(problemDocument(problem, { requestId, path: PATH })));
}
