import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy in front of a server, which can cut every connection wherever it is. */
export class CuttingProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => {
    this.#pass(client);
  });
  #bytesUntilCut: () => number = () => Number.POSITIVE_INFINITY;

  private constructor(private readonly target: URL) {}

  static async start(target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(target));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Each new connection is cut after so many bytes from the server. */
  cutAfter(bytes: () => number): void {
    this.#bytesUntilCut = bytes;
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cutAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    let bytesLeft = this.#bytesUntilCut();
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      const allowed = chunk.subarray(0, bytesLeft);
      bytesLeft -= allowed.length;
      client.write(allowed, () => {
        if (allowed.length < chunk.length) client.destroy();
      });
    });
  }
}
