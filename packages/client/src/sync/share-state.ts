import type { ContactDirectory } from '../contacts/contact-directory.js';
import type { TrustStates } from '../contacts/trust-states.js';
import type { UserApi } from '../http/user-api.js';
import type { ClientState } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { StreamsStore } from '../state/streams-store.js';
import { LocalContent } from './local-content.js';
import { StateSync } from './state-sync.js';
import { SYNC_TIMES, SyncSchedule, type SyncOutcome } from './sync-schedule.js';

/** Where a client keeps what it knows. */
interface SharingParts {
  readonly api: UserApi;
  readonly state: ClientState;
  readonly streams: StreamsStore;
  readonly directory: ContactDirectory;
  readonly trustStates: TrustStates;
  readonly tell: (outcome: SyncOutcome) => void;
}

/** Lets a client share what it knows from now on. */
export function shareState(
  { api, state, streams, directory, trustStates, tell }: SharingParts,
  account: AccountRecord,
): SyncSchedule {
  const sharesInbox = account.service === true;
  const sync = new StateSync(
    api,
    state,
    new LocalContent(state, streams, trustStates, sharesInbox),
    directory,
    account,
  );
  const schedule = new SyncSchedule(sync, sharesInbox, SYNC_TIMES, tell);
  state.watch((changes) => {
    schedule.noticed(changes);
  });
  return schedule;
}
