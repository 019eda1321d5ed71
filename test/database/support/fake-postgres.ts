import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

const SSL_REQUEST = 80_877_103;

function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function int16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeInt16BE(value, index * 2));
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function column(name: string, type: number): Buffer {
  return Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]);
}

function value(text: string): Buffer {
  return Buffer.concat([int32(text.length), Buffer.from(text)]);
}

const READY = message('Z', 'I');

function answer(versionNumber: number, versionText: string): Buffer {
  return Buffer.concat([
    message('T', int16(2), column('number', 23), column('text', 25)),
    message('D', int16(2), value(String(versionNumber)), value(versionText)),
    message('C', 'SELECT 1\0'),
    READY,
  ]);
}

/** Says on the wire that it is some version of PostgreSQL, of which no other trace can be had here. */
export async function listenAsPostgres(versionNumber: number, versionText: string, port = 0): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (startup) => {
      if (startup.readInt32BE(4) === SSL_REQUEST) throw new Error('This test speaks without TLS');
      socket.write(Buffer.concat([message('R', int32(0)), READY]));
      socket.on('data', (query) => {
        if (query.toString('latin1', 0, 1) === 'Q') socket.write(answer(versionNumber, versionText));
        else socket.end();
      });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Refuses every session with this code and this sentence. */
export async function listenAsRefusing(code: string, text: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(message('E', `SFATAL\0C${code}\0M${text}\0\0`)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function urlOf(server: Server): string {
  return `postgresql://sealpost:secret-word@127.0.0.1:${(server.address() as AddressInfo).port}/sealpost`;
}
