import { connect, type Socket } from 'node:net';
import type { ExportEndJson, ExportHeaderJson, ProblemJson } from '@sealpost/protocol';
import { waitFor } from './wait-for.js';

/** Any line of an export. */
export type ExportedLine = Partial<Omit<ExportHeaderJson, 'kind'> & Omit<ExportEndJson, 'kind'>> & {
  readonly kind: string;
  readonly data?: Readonly<Record<string, unknown>>;
};

export interface ExportAnswer {
  readonly status: number;
  readonly mediaType: string | null;
  readonly lines: readonly ExportedLine[];
  /** What the server answered instead of an export. */
  readonly problem?: ProblemJson;
  readonly text: string;
}

/** GET /v1/account/export to its end. */
export async function exportAccount(
  server: { readonly url: string },
  token: string,
  after?: string,
): Promise<ExportAnswer> {
  const query = after === undefined ? '' : `?after=${after}`;
  const response = await fetch(`${server.url}/v1/account/export${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { status } = response;
  const mediaType = response.headers.get('content-type');
  const text = await response.text();
  if (status !== 200) return { status, mediaType, lines: [], problem: JSON.parse(text) as ProblemJson, text };
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ExportedLine);
  return { status, mediaType, lines, text };
}

/** An export whose client stops reading when the answer begins, until `resume`. */
export class UnreadExport {
  text = '';
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      if (this.text === '') socket.pause();
      this.text += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  static async open(server: { readonly url: string }, token: string): Promise<UnreadExport> {
    const { hostname, port } = new URL(server.url);
    const unread = new UnreadExport(connect({ host: hostname, port: Number(port) }));
    unread.socket.write(`GET /v1/account/export HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await waitFor(() => unread.text !== '' || unread.closed, { what: 'the beginning of an export' });
    return unread;
  }

  get status(): number {
    return Number(this.text.slice(9, 12));
  }
}
