import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ClientEventMap, ClientEventType, Sealpost } from '@sealpost/client';
import { sharedServer, waitFor, type RunningServer } from '../support/index.js';
import { Joining, joinWith } from '../support/joining.js';
import { newDevice, newPerson } from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

/** Writes down what a client tells. */
function hear<Type extends ClientEventType>(
  client: Sealpost,
  type: Type,
  signal?: AbortSignal,
): ClientEventMap[Type][] {
  const told: ClientEventMap[Type][] = [];
  client.addEventListener(type, ({ detail }) => told.push(detail), signal === undefined ? {} : { signal });
  return told;
}

describe('The events of a client', () => {
  it('a client tells of new keys of the user, whichever device made them, and of every synchronisation', async () => {
    const alice = await newPerson(server, 'alice');
    const laptop = await newDevice(server, alice);
    const [here, there, synced] = [hear(alice.client, 'keys'), hear(laptop, 'keys'), hear(alice.client, 'sync')];
    const rotated = await alice.client.keys.rotate();
    expect(here).toEqual([rotated]);
    expect(there).toEqual([]);
    await laptop.keys.list();
    expect(there).toEqual([rotated]);
    await alice.client.sharedState.sync();
    expect(synced.at(-1)).toMatchObject({ state: 'synced', conflicts: [] });
    await laptop.close();
  });

  it('a client tells of a new device that wants to join, while somebody listens', async () => {
    const alice = await newPerson(server, 'alice');
    const joining = new Joining(server, alice.loginId, { deviceName: 'telephone' });
    await waitFor(async () => (await alice.client.devices.pending()).length === 1);
    const told = hear(alice.client, 'device');
    await waitFor(() => told.length === 1);
    expect(told).toMatchObject([{ deviceName: 'telephone', open: true }]);
    await (await joinWith(alice.client, joining)).close();
  });

  it('a listener that throws is reported, and disturbs neither the others nor the client', async () => {
    const alice = await newPerson(server, 'alice');
    const reported = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    alice.client.addEventListener('keys', () => {
      throw new Error('the listener failed');
    });
    alice.client.addEventListener('keys', () => Promise.reject(new Error('later, too')));
    const told = hear(alice.client, 'keys');
    await alice.client.keys.rotate();
    expect(told).toHaveLength(1);
    await waitFor(() => reported.mock.calls.length === 2);
    expect(reported.mock.calls[0]?.[0]).toContain('the listener failed');
    reported.mockRestore();
  });

  it('a listener hears nothing more once its signal has fired, it was removed, or it has heard once', async () => {
    const { client } = await newPerson(server, 'alice');
    const stop = new AbortController();
    const stopped = hear(client, 'keys', stop.signal);
    const told: string[] = [];
    const removed = (): void => void told.push('removed');
    client.addEventListener('keys', removed);
    client.addEventListener('keys', () => told.push('once'), { once: true });
    await client.keys.rotate();
    stop.abort();
    client.removeEventListener('keys', removed);
    await client.keys.rotate();
    expect(stopped).toHaveLength(1);
    expect(told).toEqual(['removed', 'once']);
  });
});
