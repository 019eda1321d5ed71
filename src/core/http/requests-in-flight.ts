import type { Server, ServerResponse } from 'node:http';

/** Counts what an HTTP server is answering, to tell requests from connections that are merely open. */
export class RequestsInFlight {
  private answering = 0;

  constructor(server: Server) {
    server.prependListener('request', (_request, response) => {
      if (response.socket !== null) this.add(response);
      // Behind another one of its connection, and forgotten without a word if that ends first.
      else response.once('socket', () => this.add(response));
    });
  }

  private add(response: ServerResponse): void {
    this.answering += 1;
    response.once('close', () => (this.answering -= 1));
  }

  get count(): number {
    return this.answering;
  }

  get any(): boolean {
    return this.answering > 0;
  }
}
