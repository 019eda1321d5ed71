import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

/** Anything that has an address. */
interface Target {
  readonly url: string;
}

const open = new Set<RandomProxy>();

/** A load balancer without any sense: each request goes to a server chosen at random, also to one that is down. */
export class RandomProxy {
  readonly #server = createServer((incoming, answer) => {
    this.#forward(incoming, answer);
  });

  private constructor(private readonly targets: readonly Target[]) {}

  static async before(...targets: readonly Target[]): Promise<RandomProxy> {
    const proxy = new RandomProxy(targets);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    open.add(proxy);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    open.delete(this);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const { url } = this.targets[randomInt(this.targets.length)]!;
    const { method, headers } = incoming;
    const onward = request(url + (incoming.url ?? ''), { method, headers, agent: false });
    // What breaks on one side breaks on the other.
    onward.on('error', () => answer.destroy());
    answer.on('error', () => undefined);
    answer.on('close', () => onward.destroy());
    onward.on('response', (response) => {
      // An answer that ends with its connection stays one: the readers of streams look at the bytes themselves.
      answer.useChunkedEncodingByDefault = 'transfer-encoding' in response.headers;
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      response.on('error', () => answer.destroy());
      response.on('close', () => {
        if (!response.complete) answer.destroy();
      });
      response.pipe(answer);
    });
    incoming.pipe(onward);
  }
}

afterAll(() => {
  for (const proxy of open) proxy.close();
});
