import { afterEach } from '@jest/globals';
import { ServiceAddress } from '../service-address.js';
import { Transport, type TransportOptions } from '../transport.js';
import { SCRIPTED_SERVICE, ScriptedServer, type Script } from './scripted-server.js';

/** Repeats at once. */
export const FAST = { retry: { firstDelayMs: 1, longestDelayMs: 2 } };

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** A server that answers as the script says, until the test is over, and a transport that asks it. */
export async function scripted(script: Script, options: TransportOptions = FAST): Promise<[ScriptedServer, Transport]> {
  const server = await ScriptedServer.start(script);
  servers.push(server);
  const address = new ServiceAddress({ url: server.url, serviceId: SCRIPTED_SERVICE });
  return [server, new Transport(address, options, () => 0.5)];
}
