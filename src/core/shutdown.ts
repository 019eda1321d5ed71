/**
 * Says that the server is about to stop. Injectable everywhere. Whoever keeps requests open on purpose, such as a long
 * poll, answers them when `signal` is aborted; ordinary requests just finish.
 */
export class Shutdown {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get begun(): boolean {
    return this.controller.signal.aborted;
  }

  begin(): void {
    this.controller.abort();
  }
}
