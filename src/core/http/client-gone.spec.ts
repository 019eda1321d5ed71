import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { goneSignal } from './client-gone.js';

const server = createServer();

beforeEach(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
afterEach(() => new Promise((closed) => server.close(closed)));

/** An unanswered response, and what makes its client leave. */
async function openRequest(): Promise<{ response: ServerResponse; leave: () => void }> {
  const { port } = server.address() as AddressInfo;
  const client = get({ host: '127.0.0.1', port }).on('error', () => undefined);
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { response, leave: () => client.destroy() };
}

describe('the signal that a client has gone', () => {
  it('the signal that a client has gone comes when it leaves', async () => {
    const { response, leave } = await openRequest();
    const signal = goneSignal(response);
    expect(signal.aborted).toBe(false);
    leave();
    await once(signal, 'abort');
  });

  it('the signal that a client has gone does not come with the end of an answer', async () => {
    const { response } = await openRequest();
    const signal = goneSignal(response);
    response.end();
    await once(response, 'close');
    expect(signal.aborted).toBe(false);
  });

  it('the signal that a client has gone is there at once where it has left before anybody asked', async () => {
    const { response, leave } = await openRequest();
    leave();
    await once(response, 'close');
    expect(goneSignal(response).aborted).toBe(true);
  });
});
