/** The SDK. Runs in browsers and in Node; storage in files is in `@sealpost/client/node`. */
export { Sealpost, type Registered, type RegisteredService } from './sealpost.js';
export type {
  ClientOptions,
  JoinOptions,
  LoginOptions,
  LogoutOptions,
  RecoverOptions,
  RegisterOptions,
  RegisterServiceOptions,
  RequestResetOptions,
  ResetKeysOptions,
  ServiceAccountOptions,
} from './options.js';
export type { PendingReset, PendingResets } from './account/pending-resets.js';
export type { RequestedReset } from './account/reset.js';
export type { ServiceOptions } from './http/service-address.js';
export type { Fetch } from './http/transport.js';
export type { RetryPolicy } from './http/backoff.js';

export type { Content, SendOptions } from './sending/draft.js';
export type { MessageToSend, SendOutcome, SentMessage } from './sending/bulk.js';
export type { Outbox, OutboxEntry } from './sending/sender.js';
export type { InboxEntry, InboxMessage, InboxReceipt, MessageSender, RefusedEntry } from './inbox/inbox-entry.js';
export type { CarrierPreference } from './inbox/carriers/carrier-choice.js';
export type { CarrierName } from './inbox/carriers/carrier.js';
export type { InboxConnection } from './inbox/endurance.js';
export type { InboxOptions } from './inbox/inbox.js';
export type { StreamEvent } from './messages/stream-events.js';

export type { ReceiptKind } from './receipts/receipt-content.js';
export type { ReceiptPolicy, ReceiptScope } from './receipts/receipt-settings.js';
export type { ReadMessage, Receipts } from './receipts/receipts.js';

export type { Contact, Contacts, UserReference } from './contacts/contacts.js';
export type { Keys, KeyVersion } from './keys/keys.js';
export type { RotateOptions } from './keys/own-keys.js';
export type { ExportLine, ExportOptions } from './account/export.js';
export type { KeyPolicy, KeyRotation } from './keys/rotation-duty.js';
export type { Account, AccountEvent, AccountInfo } from './account/account.js';
export type { Rekeyed, RekeyOptions } from './account/vault-key-changes.js';
export type { ApproveOptions, Devices, PendingDevice } from './devices/devices.js';
export type { Session, Sessions } from './sessions.js';
export { decodeServiceKey, encodeServiceKey, type ServiceKey } from './account/service-key.js';
export type { SharedStateControl, SyncedState } from './shared/state-sync.js';

export { EscrowWarning, type OwnEscrows } from './escrow/escrow-watch.js';
export { newEscrowKey, openEscrowExport, type EscrowKey, type OpenedEscrow } from './escrow/escrow-holder.js';

export { ClientStorage, type CommitOptions, type StorageChanges } from './storage/client-storage.js';
export { MemoryStorage } from './storage/memory-storage.js';
export { BrowserStorage, type BrowserStorageOptions, type LockPort } from './storage/browser-storage.js';

export {
  ApiError,
  ClientError,
  NetworkError,
  SealpostError,
  SharedStateWarning,
  UnconfirmedSend,
  type ClientErrorCode,
  type Problem,
  type SharedStateWarningCode,
} from './errors.js';
export {
  ConflictingKeysWarning,
  ContactWarning,
  KeysRefused,
  ReboundLoginIdWarning,
  RecoveredKeysWarning,
} from './contacts/contact-errors.js';
export { MessageRefused, type MessageRefusalReason } from './messages/errors.js';
