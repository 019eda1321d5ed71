export { NO_ACTOR } from './account-event.js';
export type { AccountEvent, Actor } from './account-event.js';
export { AccountExports, exportPageOf } from './account-exports.js';
export type { ExportedRow, ExportPage, ExportSection } from './account-exports.js';
export { AccountLifecycle } from './account-lifecycle.js';
export type { AccountCreatedHandler, AccountErasedHandler, AccountEventHandler } from './account-lifecycle.js';
export { AccountLifecycleModule } from './account-lifecycle.module.js';
export { sessionEnded, SessionEnds } from './session-ends.js';
export type { SessionHolder, SessionListener, SessionWatch } from './session-ends.js';
