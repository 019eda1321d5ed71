import type { TokensJson } from '@sealpost/protocol';
import { Account } from './account/account.js';
import { ownIdentity, type AccountContext } from './account/account-context.js';
import { ServiceFacts, type Environment } from './account/environment.js';
import { PendingResets } from './account/reset.js';
import { presentSessionKey } from './account/session.js';
import { ContactDirectory } from './contacts/contact-directory.js';
import { Contacts } from './contacts/contacts.js';
import { TrustStates } from './contacts/trust-states.js';
import { Devices } from './devices/devices.js';
import { ClientEvents } from './events.js';
import { Access } from './http/access.js';
import { PublicApi } from './http/public-api.js';
import { UserApi } from './http/user-api.js';
import { EntryOpener } from './inbox/entry-opener.js';
import { Inbox } from './inbox/inbox.js';
import type { ClientContext } from './keys/client-context.js';
import { Keys } from './keys/keys.js';
import { OwnKeys, type KeyVersion } from './keys/own-keys.js';
import { RotationDuty } from './keys/rotation-duty.js';
import { DueReceipts } from './receipts/due-receipts.js';
import { Receipts } from './receipts/receipts.js';
import { SentMessages } from './state/sent-messages.js';
import { Sender } from './sending/sender.js';
import { Sessions } from './sessions.js';
import { EscrowNotes } from './sync/escrow-notes.js';
import { LocalContent } from './sync/local-content.js';
import { StateSync } from './sync/state-sync.js';
import { SYNC_TIMES, SyncSchedule } from './sync/sync-schedule.js';
import { Changes, type ClientState } from './state/client-state.js';
import type { AccountRecord } from './state/records.js';
import { StreamsStore } from './state/streams-store.js';

/** The end of a client, as its parts see it. */
export interface Ending {
  /** Aborts when the client closes. */
  readonly closing: AbortSignal;
  readonly close: () => Promise<void>;
}

/** What a signed-in client consists of. */
export type ClientParts = ReturnType<typeof messagingOf> &
  ReturnType<typeof ownAffairsOf> & { readonly api: UserApi; readonly events: ClientEvents };

/** Puts the parts of a signed-in client together. Asks nobody anything. */
export function assembleClient(environment: Environment, account: AccountRecord, ending: Ending): ClientParts {
  const events = new ClientEvents(ending.closing);
  const context = contextOf(environment, account, events);
  const messaging = messagingOf(context, environment, account, { closing: ending.closing, events });
  // What prevents it is told by `sharedState.problem`, and it is tried again later.
  const share = () => messaging.sharedState.sync().then(ignore, ignore);
  const takeIn = (discard: boolean) => messaging.sharedState.takeIn(discard);
  const ownAffairs = ownAffairsOf(context, environment, account, { close: ending.close, share, takeIn });
  const { devices, resets } = ownAffairs;
  events.looksBy({ device: () => devices.pending(), reset: () => resets.list() });
  return { api: context.api, events, ...messaging, ...ownAffairs };
}

function ignore(): void {
  return undefined;
}

/** What everything else stands on. */
function contextOf(environment: Environment, account: AccountRecord, events: ClientEvents): ClientContext {
  const { transport, state, keyRotation, now } = environment;
  const { userId, serviceId } = account;
  const store = {
    readTokens: () => state.record('tokens'),
    writeTokens: (tokens: TokensJson) =>
      state.commit(new Changes().set('tokens', tokens).set('known-device', { token: tokens.deviceToken })),
    sessionKey: () => presentSessionKey(state),
  };
  const service = new ServiceFacts(environment);
  const api = new UserApi(new Access(transport, store, () => service.known()));
  const directory = new ContactDirectory(api, state, serviceId, userId, now);
  const trustStates = new TrustStates(state, userId, now);
  const changed = (newest: KeyVersion): void => events.tell('keys', newest);
  const ownKeys = new OwnKeys(api, state, directory, userId, { now, changed });
  const duty = new RotationDuty(ownKeys, { keyRotation, service, now });
  const kept = { state, streams: new StreamsStore(state), sent: new SentMessages(state) };
  return { serviceId, userId, now, api, ...kept, directory, trustStates, ownKeys, duty };
}

/** Sending, reading, and what is shared with the user's other clients about both. */
function messagingOf(
  context: ClientContext,
  { acceptSuites }: Environment,
  account: AccountRecord,
  { closing, events }: Pick<Ending, 'closing'> & { readonly events: ClientEvents },
) {
  const { api, state, streams, trustStates, directory } = context;
  const sender = new Sender(context);
  const receipts = new Receipts(context, sender, closing);
  const sharesInbox = account.service === true;
  const opener = new EntryOpener(context, { sharesInbox, acceptSuites });
  const local = new LocalContent(state, streams, trustStates, sharesInbox);
  const sync = new StateSync(api, state, local, directory, account);
  const sharedState = new SyncSchedule(sync, sharesInbox, SYNC_TIMES, (outcome) => events.tell('sync', outcome));
  state.watch((changes) => sharedState.noticed(changes));
  const inbox = new Inbox(api, state, opener, {
    hook: receipts,
    sharePlace: (call) => sharedState.sharePlace(call),
    tell: (connection) => events.tell('connection', connection),
    closing,
  });
  return { sender, receipts, inbox, sharedState };
}

/** The account, its keys, sessions and devices, and the people it knows. */
function ownAffairsOf(
  client: ClientContext,
  environment: Environment,
  { userId, loginId }: AccountRecord,
  rest: Pick<AccountContext, 'close' | 'share' | 'takeIn'>,
) {
  const { api: userApi, directory, ownKeys, duty } = client;
  const { state, transport, now } = environment;
  const context: AccountContext = {
    ...environment,
    signal: undefined,
    api: new PublicApi(transport, { accessToken: () => userApi.access.accessToken() }),
    ...{ userApi, directory, ownKeys },
    escrowNotes: new EscrowNotes(state, now),
    ...rest,
  };
  return {
    account: new Account(context, userId, loginId),
    keys: new Keys(ownKeys, duty, () => ownIdentity(context)),
    contacts: new Contacts(client),
    sessions: new Sessions(userApi),
    devices: new Devices(context),
    resets: new PendingResets(context),
  };
}

/** What a session that is over has left in the storage. */
export async function removeSecrets(state: ClientState): Promise<void> {
  const changes = new Changes().remove('session').remove('tokens').remove('proof-key').remove('rotation');
  for (const key of await state.keys('outbox/')) changes.remove(key);
  for (const key of await DueReceipts.keys(state)) changes.remove(key);
  await state.commit(changes, { erase: true });
  await state.dropOtherKeys();
}
