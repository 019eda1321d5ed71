export { type AccountEvent, type Actor, NO_ACTOR } from './account-event.js';
export {
  AccountExports,
  type ExportedRow,
  type ExportPage,
  exportPageOf,
  type ExportSection,
} from './account-exports.js';
export {
  type AccountCreatedHandler,
  type AccountErasedHandler,
  type AccountEventHandler,
  AccountLifecycle,
  AccountLifecycleModule,
} from './account-lifecycle.js';
export { AccountLocks, SessionLocks, type SessionOfUser } from './account-locks.js';
export { type OwnerProof, OwnerProofs, type OwnerWish } from './owner-proofs.js';
export { Senders } from './senders.js';
export { sessionEnded, type SessionListener, SessionRevocations, type SessionWatch } from './session-revocations.js';
