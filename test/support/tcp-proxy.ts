import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';
import { afterAll } from '@jest/globals';

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

const open = new Set<TcpProxy>();

/** A TCP connection as it may be: cut, held up, or gone without a word. Ends by itself with the test file. */
export class TcpProxy {
  #state: 'passing' | 'cut' | 'held' = 'passing';
  readonly #links = new Set<Link>();
  readonly #server = createServer((client) => {
    this.#link(client);
  });

  private constructor(private readonly target: NetConnectOpts) {}

  static async before(target: NetConnectOpts): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    open.add(proxy);
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open at the moment. */
  get size(): number {
    return this.#links.size;
  }

  /** Closes all connections, and refuses new ones. */
  cut(): void {
    this.#state = 'cut';
    for (const { client, upstream } of this.#links) {
      client.destroy();
      upstream.destroy();
    }
  }

  /** Nothing gets through any more, and nobody is told. */
  hold(): void {
    this.#state = 'held';
    for (const { client, upstream } of this.#links) {
      client.pause();
      upstream.pause();
    }
  }

  /** Everything goes on; what was held up arrives late. */
  restore(): void {
    this.#state = 'passing';
    for (const { client, upstream } of this.#links) {
      client.resume();
      upstream.resume();
    }
  }

  /** New connections work; those that are open stay as they are. */
  abandon(): void {
    this.#state = 'passing';
  }

  close(): void {
    this.cut();
    this.#server.close();
    open.delete(this);
  }

  #link(client: Socket): void {
    if (this.#state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(this.target);
    const link = { client, upstream };
    this.#links.add(link);
    join(client, upstream);
    join(upstream, client);
    upstream.on('close', () => this.#links.delete(link));
    if (this.#state === 'held') {
      client.pause();
      upstream.pause();
    }
  }
}

function join(from: Socket, to: Socket): void {
  from.on('data', (bytes: Buffer) => to.write(bytes));
  from.on('error', () => undefined);
  from.on('close', () => to.destroy());
}

afterAll(() => {
  for (const proxy of open) proxy.close();
});
