import type { Server } from 'node:http';

/** Counts what an HTTP server is answering, to tell requests from connections that are merely open. */
export class RequestsInFlight {
  private answering = 0;

  constructor(server: Server) {
    server.prependListener('request', (_request, response) => {
      this.answering += 1;
      response.once('close', () => (this.answering -= 1));
    });
  }

  get count(): number {
    return this.answering;
  }

  get any(): boolean {
    return this.answering > 0;
  }
}
