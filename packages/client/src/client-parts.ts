import type { TokensJson } from '@sealpost/protocol';
import { Account } from './account/account.js';
import { ownIdentity, type AccountContext } from './account/account-context.js';
import { ServiceFacts, type Environment } from './account/environment.js';
import { PendingResets } from './account/reset.js';
import { presentSessionKey } from './account/session.js';
import { ContactDirectory } from './contacts/contact-directory.js';
import { Contacts } from './contacts/contacts.js';
import { SenderNames } from './contacts/sender-names.js';
import { TrustStates } from './contacts/trust-states.js';
import { Devices } from './devices/devices.js';
import { ClientEvents } from './events.js';
import { Access } from './http/access.js';
import { PublicApi } from './http/public-api.js';
import { UserApi } from './http/user-api.js';
import { EntryOpener } from './inbox/entry-opener.js';
import { Inbox } from './inbox/inbox.js';
import { Keys } from './keys/keys.js';
import { OwnKeys } from './keys/own-keys.js';
import { RotationDuty } from './keys/rotation-duty.js';
import { DueReceipts } from './receipts/due-receipts.js';
import { ReceiptSettings } from './receipts/receipt-settings.js';
import { Receipts } from './receipts/receipts.js';
import { SentMessages } from './state/sent-messages.js';
import { BatchDelivery } from './sending/batch-delivery.js';
import { Delivery } from './sending/delivery.js';
import { Sealing } from './sending/sealing.js';
import { Sender } from './sending/sender.js';
import { Sessions } from './sessions.js';
import { EscrowNotes } from './sync/escrow-notes.js';
import { shareState } from './sync/share-state.js';
import type { SyncOutcome } from './sync/sync-schedule.js';
import { Changes, type ClientState } from './state/client-state.js';
import type { AccountRecord } from './state/records.js';
import { StreamsStore } from './state/streams-store.js';

/** The end of a client, as its parts see it. */
export interface Ending {
  /** Aborts when the client closes. */
  readonly closing: AbortSignal;
  readonly close: () => Promise<void>;
}

type Base = ReturnType<typeof baseOf>;

/** What a signed-in client consists of. */
export type ClientParts = ReturnType<typeof messagingOf> &
  ReturnType<typeof ownAffairsOf> & { readonly api: UserApi; readonly events: ClientEvents };

/** Puts the parts of a signed-in client together. Asks nobody anything. */
export function assembleClient(environment: Environment, account: AccountRecord, ending: Ending): ClientParts {
  const events = new ClientEvents(ending.closing);
  const base = baseOf(environment, account, events);
  const messaging = messagingOf(base, environment, account, ending);
  // What prevents it is told by `sharedState.problem`, and it is tried again later.
  const share = () => messaging.sharedState.sync().then(ignore, ignore);
  const takeIn = (discard: boolean) => messaging.sharedState.takeIn(discard);
  const ownAffairs = ownAffairsOf(base, environment, account, { close: ending.close, share, takeIn });
  const { devices, resets } = ownAffairs;
  events.looksBy({ device: () => devices.pending(), reset: () => resets.list() });
  return { api: base.userApi, events, ...messaging, ...ownAffairs };
}

function ignore(): void {
  return undefined;
}

/** What everything else stands on. */
function baseOf(environment: Environment, account: AccountRecord, events: ClientEvents) {
  const { transport, state, keyRotation, now } = environment;
  const { userId, serviceId } = account;
  const store = {
    readTokens: () => state.record('tokens'),
    writeTokens: (tokens: TokensJson) =>
      state.commit(new Changes().set('tokens', tokens).set('known-device', { token: tokens.deviceToken })),
    sessionKey: () => presentSessionKey(state),
  };
  const service = new ServiceFacts(environment);
  const access = new Access(transport, store, () => service.known());
  const userApi = new UserApi(access);
  const directory = new ContactDirectory(userApi, state, serviceId, userId, now);
  const trustStates = new TrustStates(state, userId, now);
  const ownKeys = new OwnKeys(userApi, state, directory, userId, {
    now,
    changed: (newest) => events.tell('keys', newest),
  });
  const duty = new RotationDuty(ownKeys, { keyRotation, service, now });
  return { events, access, userApi, directory, ownKeys, duty, streams: new StreamsStore(state), trustStates };
}

/** Sending, reading, and what is shared with the user's other clients about both. */
function messagingOf(
  base: Base,
  { state, acceptSuites, now }: Environment,
  account: AccountRecord,
  { closing }: Ending,
) {
  const { events, userApi, directory, ownKeys, duty, streams, trustStates } = base;
  const { userId, serviceId } = account;
  const sent = new SentMessages(state);
  const sealing = new Sealing(streams, directory, ownKeys, duty, { userId, now, trustStates });
  const single = new Delivery(userApi, sealing);
  const deliveries = { sealing, single, batches: new BatchDelivery(userApi, sealing, single) };
  const sender = new Sender(deliveries, state, directory, sent, { serviceId, userId, now });
  const settings = new ReceiptSettings(state, directory, trustStates);
  const receipts = new Receipts(state, settings, new DueReceipts(state), sender, closing);
  const sharesInbox = account.service === true;
  const names = new SenderNames(userApi, state, directory);
  const opener = new EntryOpener(state, streams, directory, ownKeys, {
    userId,
    sent,
    names,
    trustStates,
    sharesInbox,
    acceptSuites,
  });
  const tell = (outcome: SyncOutcome): void => events.tell('sync', outcome);
  const sharedState = shareState({ api: userApi, state, streams, directory, trustStates, tell }, account);
  const inbox = new Inbox(userApi, state, opener, {
    hook: receipts,
    sharePlace: (call) => sharedState.sharePlace(call),
    tell: (connection) => events.tell('connection', connection),
    closing,
  });
  return { sender, receipts, inbox, sharedState };
}

/** The account, its keys, sessions and devices, and the people it knows. */
function ownAffairsOf(
  base: Base,
  environment: Environment,
  { userId, loginId }: AccountRecord,
  { close, share, takeIn }: Pick<Ending, 'close'> & Pick<AccountContext, 'share' | 'takeIn'>,
) {
  const { access, userApi, directory, ownKeys, duty, trustStates } = base;
  const { state, transport, now } = environment;
  const context: AccountContext = {
    ...environment,
    signal: undefined,
    api: new PublicApi(transport, { accessToken: () => access.accessToken() }),
    userApi,
    directory,
    ownKeys,
    escrowNotes: new EscrowNotes(state, now),
    share,
    takeIn,
    close,
  };
  return {
    account: new Account(context, userId, loginId),
    keys: new Keys(ownKeys, duty, () => ownIdentity(context)),
    contacts: new Contacts({ api: userApi, state, directory, trustStates }, userId),
    sessions: new Sessions(userApi, access),
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
