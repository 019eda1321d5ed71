import type { ContactDirectory } from '../contacts/contact-directory.js';
import type { UserApi } from '../http/api.js';
import type { ClientState } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { StreamsStore } from '../state/streams-store.js';
import { LocalKnowledge } from './local-knowledge.js';
import { StateSync } from './state-sync.js';
import { SYNC_TIMES, SyncSchedule } from './sync-schedule.js';

/** Lets a client share what it knows from now on. */
export function shareState(
  api: UserApi,
  state: ClientState,
  streams: StreamsStore,
  directory: ContactDirectory,
  account: AccountRecord,
): SyncSchedule {
  const turns = account.service === true;
  const sync = new StateSync(api, state, new LocalKnowledge(state, streams, turns), directory, account);
  const schedule = new SyncSchedule(sync, turns, SYNC_TIMES);
  state.watch((changes) => {
    schedule.noticed(changes);
  });
  return schedule;
}
