import type { PublicApi } from '../http/api.js';
import type { ServiceAddress } from '../http/service-address.js';
import type { Transport } from '../http/transport.js';
import type { KeyRotation } from '../keys/rotation-duty.js';
import type { ClientState } from '../state/client-state.js';

/** What registering, logging in and resuming stand on. */
export interface Environment {
  readonly address: ServiceAddress;
  readonly transport: Transport;
  readonly api: PublicApi;
  readonly state: ClientState;
  readonly keyRotation: KeyRotation;
  /** Unix milliseconds. */
  readonly now: () => number;
}
