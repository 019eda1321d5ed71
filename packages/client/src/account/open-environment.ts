import { randomBytes } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { PublicApi } from '../http/api.js';
import { ServiceAddress } from '../http/service-address.js';
import { Transport } from '../http/transport.js';
import type { ClientOptions } from '../options.js';
import { ClientState } from '../state/client-state.js';
import { MemoryStorage } from '../storage/memory-storage.js';
import type { Environment } from './environment.js';

/** What a client stands on, as its options say. */
export async function environmentOf(options: ClientOptions): Promise<Environment> {
  await loadSodium();
  const address = new ServiceAddress(options.service);
  const transport = new Transport(address, options, randomFraction);
  const state = new ClientState(options.storage ?? new MemoryStorage());
  const { keyRotation = 'manual', now = Date.now } = options;
  return { address, transport, api: new PublicApi(transport), state, keyRotation, now };
}

/** In [0, 1), for the jitter of repetitions. */
function randomFraction(): number {
  const [a = 0, b = 0] = randomBytes(2);
  return (a * 256 + b) / 65_536;
}
