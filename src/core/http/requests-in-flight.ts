import type { Server } from 'node:http';

/** Counts what an HTTP server is answering, to tell requests from connections that are merely open. */
export class RequestsInFlight {
  private count = 0;

  constructor(server: Server) {
    server.prependListener('request', (_request, response) => {
      this.count += 1;
      response.once('close', () => (this.count -= 1));
    });
  }

  get any(): boolean {
    return this.count > 0;
  }
}
