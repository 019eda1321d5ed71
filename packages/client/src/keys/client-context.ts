import type { ContactDirectory } from '../contacts/contact-directory.js';
import type { TrustStates } from '../contacts/trust-states.js';
import type { UserApi } from '../http/user-api.js';
import type { ClientState } from '../state/client-state.js';
import type { SentMessages } from '../state/sent-messages.js';
import type { StreamsStore } from '../state/streams-store.js';
import type { OwnKeys } from './own-keys.js';
import type { RotationDuty } from './rotation-duty.js';

/** What sending and reading stand on. */
export interface ClientContext {
  readonly serviceId: string;
  readonly userId: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly api: UserApi;
  readonly state: ClientState;
  readonly streams: StreamsStore;
  readonly sent: SentMessages;
  readonly directory: ContactDirectory;
  readonly trustStates: TrustStates;
  readonly ownKeys: OwnKeys;
  readonly duty: RotationDuty;
}
