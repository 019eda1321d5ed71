import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SERVICE_HEADER, serviceHeader } from '@sealpost/protocol';

export interface ScriptedAnswer {
  readonly status?: number;
  /** True for what something else answers in the place of the service. */
  readonly foreign?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Closes the connection instead of answering. */
  readonly hangUp?: boolean;
  /** Never answers. */
  readonly silence?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export type Script = (request: SeenRequest, count: number) => ScriptedAnswer;

/** A real HTTP server that answers as a test says: for what an honest server does not do. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(private readonly script: Script) {}

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      body: Buffer.concat(chunks).toString(),
    };
    this.seen.push(seen);
    const answer = this.script(seen, this.seen.length);
    if (answer.silence === true) return;
    if (answer.hangUp === true) {
      request.socket.destroy();
      return;
    }
    writeScripted(response, answer);
  }
}

export const SCRIPTED_SERVICE = 'msg.example';
const OWN_HEADERS = { [SERVICE_HEADER]: serviceHeader(SCRIPTED_SERVICE, '0.0.0') };

export function writeScripted(
  response: ServerResponse,
  { status = 200, foreign, headers, body }: ScriptedAnswer,
): void {
  const own =
    foreign === true ? { 'content-type': 'text/html' } : { ...OWN_HEADERS, 'content-type': mediaType(status) };
  response.writeHead(status, { ...own, ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
}

function mediaType(status: number): string {
  return status < 400 ? 'application/json' : 'application/problem+json';
}

/** A problem document as the server writes it. */
export function problem(status: number, code: string, headers: Readonly<Record<string, string>> = {}): ScriptedAnswer {
  const body = { type: `/problems/${code}`, title: code, status, detail: 'As scripted', instance: 'urn:x', code };
  return { status, headers, body };
}
