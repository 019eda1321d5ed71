import libsodium from 'libsodium-wrappers-sumo';
import { internal } from '../errors.js';

export type Sodium = typeof libsodium;

let loaded = false;

/** Loads libsodium's WebAssembly. Await it once before anything else of the SDK's cryptography; later calls cost nothing. */
export async function loadSodium(): Promise<void> {
  await libsodium.ready;
  loaded = true;
}

/** libsodium, ready to use. Throws where nobody has awaited loadSodium. */
export function sodium(): Sodium {
  if (!loaded) throw internal('libsodium is not loaded yet: await loadSodium() first');
  return libsodium;
}
