/** The SDK. Runs in browsers and in Node; storage in files is in `@sealpost/client/node`. */
export { Sealpost, type Registered, type RegisteredService } from './sealpost.js';
export type {
  JoinOptions,
  LoginOptions,
  LogoutOptions,
  OpenOptions,
  RecoverOptions,
  RegisterOptions,
  RegisterServiceOptions,
  RequestResetOptions,
  ResetKeysOptions,
  ResumeOptions,
  ServiceAccountOptions,
  StateOptions,
} from './options.js';
export type { LoginInput, RestoredOptions } from './account/login.js';
export type { RecoverInput } from './account/recovery.js';
export type { RegisterInput } from './account/registration.js';
export type { ServiceSession } from './account/service-account.js';
export type { JoinInput } from './devices/join.js';
export type { ClientOptions } from './account/environment.js';
export type { PasswordScore } from './account/environment.js';
export {
  passwordHints,
  passwordStrength,
  type PasswordContext,
  type PasswordStrength,
} from './account/password-rules.js';
export type { PendingReset, PendingResets } from './account/reset.js';
export type { RequestedReset, ResetOptions } from './account/reset.js';
export type { ClientEventMap, ClientEventType, ClientListener, ListenerOptions } from './events.js';
export type { ServiceOptions } from './http/service-address.js';
export type { Fetch, TransportOptions } from './http/transport.js';
export type { CallOptions } from './http/call-options.js';
export type { RetryPolicy } from './http/backoff.js';

export type { Content, SendOptions } from './sending/draft.js';
export type { MessageToSend, SendOutcome, SentMessage } from './sending/bulk.js';
export type { Outbox, OutboxEntry } from './sending/sender.js';
export type {
  DoneOptions,
  EntryBase,
  InboxEntry,
  InboxMessage,
  InboxReceipt,
  MessageSender,
  RefusedEntry,
} from './inbox/inbox-entry.js';
export type { TransportPreference } from './inbox/transports/transport-choice.js';
export type { TransportName } from './inbox/transports/mailbox-transport.js';
export type { InboxConnection } from './inbox/reconnect.js';
export type { InboxOptions } from './inbox/inbox.js';
export type { StreamEvent } from './envelope/stream-events.js';

export type { ReceiptKind } from './envelope/receipt-content.js';
export type { ReceiptPolicy, ReceiptScope } from './receipts/receipt-settings.js';
export type { ReadMessage, Receipts } from './receipts/receipts.js';

export type { Contact, Contacts, UserReference } from './contacts/contacts.js';
export type { TrustState } from './contacts/trust-states.js';
export type { Keys } from './keys/keys.js';
export type { KeyVersion, RotateOptions } from './keys/own-keys.js';
export type { ExportLine, ExportOptions } from './account/export.js';
export type { KeyPolicy, KeyRotation } from './keys/rotation-duty.js';
export type { Account, AccountEvent, AccountInfo } from './account/account.js';
export type { Rekeyed, RekeyOptions } from './account/rekey.js';
export type { AskForCode, Devices, PendingDevice } from './devices/devices.js';
export type { Session, Sessions } from './sessions.js';
export {
  decodeServiceKey,
  encodeServiceKey,
  type ServiceKey,
  type ServiceKeyAccount,
} from './account/service-account.js';
export type { SharedStateControl, SyncedState } from './sync/state-sync.js';
export type { SyncOutcome } from './sync/sync-schedule.js';

export { EscrowWarning, type OwnEscrows } from './escrow/escrow-watch.js';
export { newEscrowKey, openEscrowExport, type EscrowKey, type OpenedEscrow } from './escrow/escrow-holder.js';

export { ClientStorage, type CommitOptions, type HeldKeys, type StorageChanges } from './storage/client-storage.js';
export { EncryptedStorage } from './storage/encrypted-storage.js';
export type { StorageUnlock } from './storage/storage-header.js';
export { MemoryStorage } from './storage/memory-storage.js';
export { BrowserStorage, type BrowserStorageOptions, type LockPort } from './storage/browser-storage.js';

export {
  ApiError,
  ClientError,
  NotKept,
  DeviceClockWrong,
  LoginRefused,
  NetworkError,
  PasswordRefused,
  type PasswordHint,
  type PasswordHintCode,
  RestoredAccountWarning,
  SealpostError,
  SharedStateNotice,
  SharedStateWarning,
  UnconfirmedSend,
  type Problem,
} from './errors.js';
export { CLIENT_CODES } from './error-codes.js';
export type {
  ClientCode,
  ClientErrorCode,
  ContactWarningCode,
  EscrowWarningCode,
  KeysRefusedCode,
  MessageRefusedCode,
  NetworkErrorCode,
  PasswordRefusedCode,
  SealpostErrorCode,
  SharedStateNoticeCode,
  SharedStateWarningCode,
} from './error-codes.js';
export {
  CompromisedKeysWarning,
  ConflictingKeysWarning,
  ContactWarning,
  KeysRefused,
  NewRootWarning,
  ReboundLoginIdWarning,
  RecoveredKeysWarning,
  RewoundKeysWarning,
} from './trust/contact-errors.js';
export { MessageRefused, type MessageRefusalReason } from './envelope/message-refused.js';
