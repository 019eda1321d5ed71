import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net';

/** Length and version of the protocol. */
const HEAD_BYTES = 8;

/** A start packet without `options`, as poolers pass it on that were told to ignore what they cannot keep. */
function withoutOptions(packet: Buffer): Buffer {
  const words = packet.toString('utf8', HEAD_BYTES).split('\0');
  const kept: string[] = [];
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [name = '', value = ''] = words.slice(index, index + 2);
    if (name !== '' && name !== 'options') kept.push(`${name}\0${value}\0`);
  }
  const parameters = Buffer.from(`${kept.join('')}\0`);
  const head = Buffer.from(packet.subarray(0, HEAD_BYTES));
  head.writeInt32BE(HEAD_BYTES + parameters.length);
  return Buffer.concat([head, parameters]);
}

/** Stands before a PostgreSQL and drops what a session asks for at its start. */
export async function poolBefore(target: NetConnectOpts): Promise<Server> {
  const pooler = createServer((client) => {
    const upstream = connect(target);
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.once('data', (packet) => {
      upstream.write(withoutOptions(packet));
      client.pipe(upstream);
    });
    upstream.pipe(client);
  });
  return listening(pooler);
}

/** The answer to a start packet that needs no password, from a database that is ready. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
const TERMINATE = 0x58;

/** All clients share one session, which the first of them opened: transaction pooling at its smallest. */
export async function lendBefore(target: NetConnectOpts): Promise<Server> {
  const upstream = connect(target);
  let current: Socket | null = null;
  upstream.on('error', () => undefined).on('data', (bytes) => current?.write(bytes));
  const pooler = createServer((client) => {
    const first = current === null;
    current = client;
    client.on('error', () => undefined);
    client.once('data', (packet) => {
      if (first) upstream.write(withoutOptions(packet));
      else client.write(WELCOME);
      client.on('data', (bytes) => {
        current = client;
        if (bytes[0] !== TERMINATE) upstream.write(bytes);
      });
    });
  });
  pooler.on('close', () => upstream.destroy());
  return listening(pooler);
}

async function listening(pooler: Server): Promise<Server> {
  pooler.listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  return pooler;
}

export function portOf(pooler: Server): number {
  return (pooler.address() as AddressInfo).port;
}
