import type { TokensJson } from '@sealpost/protocol';
import { Account } from './account/account.js';
import { Credentials } from './account/credentials.js';
import type { Environment } from './account/environment.js';
import { Erasure } from './account/erasure.js';
import { EscrowJoining } from './account/escrow-joining.js';
import { AccountExport } from './account/export.js';
import { OwnAccount } from './account/own-account.js';
import { PendingResets } from './account/pending-resets.js';
import { ServiceFacts } from './account/service-check.js';
import { VaultKeyChanges, type VaultKeyParts } from './account/vault-key-changes.js';
import { ContactDirectory } from './contacts/contact-directory.js';
import { Contacts } from './contacts/contacts.js';
import { Approval } from './devices/approval.js';
import { DevicesApi } from './devices/devices-api.js';
import { Devices } from './devices/devices.js';
import { EscrowWatch } from './escrow/escrow-watch.js';
import { Access } from './http/access.js';
import { AccountApi } from './http/account-api.js';
import { SignedInPublicApi, UserApi } from './http/api.js';
import { PendingResetsApi } from './http/reset-api.js';
import { EntryOpener } from './inbox/entry-opener.js';
import { Inbox } from './inbox/inbox.js';
import { Keys } from './keys/keys.js';
import { OwnKeys } from './keys/own-keys.js';
import { RotationDuty } from './keys/rotation-duty.js';
import { DueReceipts } from './receipts/due-receipts.js';
import { ReceiptSettings } from './receipts/receipt-settings.js';
import { Receipts } from './receipts/receipts.js';
import { SentMessages } from './receipts/sent-messages.js';
import { BatchDelivery } from './sending/batch-delivery.js';
import { Delivery } from './sending/delivery.js';
import { Sealing } from './sending/sealing.js';
import { Sender } from './sending/sender.js';
import { Sessions } from './sessions.js';
import { EscrowNotes } from './shared/escrow-notes.js';
import { shareState } from './shared/share-state.js';
import { Changes } from './state/client-state.js';
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
export type ClientParts = ReturnType<typeof messagingOf> & ReturnType<typeof ownAffairsOf> & { readonly api: UserApi };

/** Puts the parts of a signed-in client together. Asks nobody anything. */
export function assembleClient(environment: Environment, account: AccountRecord, ending: Ending): ClientParts {
  const base = baseOf(environment, account);
  const messaging = messagingOf(base, environment, account, ending);
  // What prevents it is told by `sharedState.problem`, and it is tried again later.
  const share = () => messaging.sharedState.sync().then(ignore, ignore);
  const takeIn = (discard: boolean) => messaging.sharedState.takeIn(discard);
  const ownAffairs = ownAffairsOf(base, environment, account, { close: ending.close, share, takeIn });
  return { api: base.userApi, ...messaging, ...ownAffairs };
}

function ignore(): void {
  return undefined;
}

/** What everything else stands on. */
function baseOf({ address, transport, api, state, keyRotation, now }: Environment, account: AccountRecord) {
  const { userId, serviceId } = account;
  const store = {
    readTokens: () => state.record('tokens'),
    writeTokens: (tokens: TokensJson) => state.commit(new Changes().set('tokens', tokens)),
  };
  const service = new ServiceFacts(api, address);
  const access = new Access(transport, store, () => service.known());
  const userApi = new UserApi(access);
  const directory = new ContactDirectory(userApi, state, serviceId, userId, now);
  const ownKeys = new OwnKeys(userApi, state, directory, userId, now);
  const duty = new RotationDuty(ownKeys, { keyRotation, service, now });
  return { access, userApi, directory, ownKeys, duty, streams: new StreamsStore(state) };
}

/** Sending, reading, and what is shared with the user's other clients about both. */
function messagingOf(base: Base, { state, now }: Environment, account: AccountRecord, { closing }: Ending) {
  const { userApi, directory, ownKeys, duty, streams } = base;
  const { userId, serviceId } = account;
  const sent = new SentMessages(state);
  const sealing = new Sealing(streams, directory, ownKeys, duty, { userId, now });
  const single = new Delivery(userApi, sealing);
  const deliveries = { sealing, single, batches: new BatchDelivery(userApi, sealing, single) };
  const sender = new Sender(deliveries, state, directory, sent, { serviceId, userId, now });
  const settings = new ReceiptSettings(state, directory);
  const receipts = new Receipts(state, settings, new DueReceipts(state), sender, closing);
  const turns = account.service === true;
  const opener = new EntryOpener(state, streams, directory, ownKeys, { userId, sent, turns });
  const inbox = new Inbox(userApi, state, opener, receipts, closing);
  return { sender, receipts, inbox, sharedState: shareState(userApi, state, streams, directory, account) };
}

/** The account, its keys, sessions and devices, and the people it knows. */
function ownAffairsOf(
  base: Base,
  environment: Environment,
  { userId, loginId }: AccountRecord,
  { close, share, takeIn }: Pick<Ending, 'close'> & Pick<VaultKeyParts, 'share' | 'takeIn'>,
) {
  const { access, userApi, directory, ownKeys, duty } = base;
  const { state, transport, now } = environment;
  const signedIn = { ...environment, api: new SignedInPublicApi(transport, access) };
  const accountApi = new AccountApi(access);
  const own = new OwnAccount(state, accountApi, userApi, ownKeys);
  const credentials = new Credentials(signedIn, accountApi, ownKeys, own);
  const erasure = new Erasure(signedIn, accountApi, own, close);
  const escrowNotes = new EscrowNotes(state, now);
  const escrows = new EscrowWatch(state, escrowNotes, share);
  const vaultKey = new VaultKeyChanges(signedIn, {
    api: userApi,
    accountApi,
    own,
    access,
    directory,
    ownKeys,
    escrowNotes,
    escrows,
    share,
    takeIn,
  });
  const escrow = new EscrowJoining(signedIn, { accountApi, own, escrowNotes, share });
  const exports = new AccountExport(accountApi, userId);
  const devicesApi = new DevicesApi(access);
  return {
    account: new Account(accountApi, own, { credentials, erasure, vaultKey, escrow, exports, escrows }, loginId),
    keys: new Keys(ownKeys, duty),
    contacts: new Contacts(state, directory, userId),
    sessions: new Sessions(userApi, access),
    devices: new Devices(devicesApi, new Approval(devicesApi, state, ownKeys)),
    resets: new PendingResets(new PendingResetsApi(access)),
  };
}
