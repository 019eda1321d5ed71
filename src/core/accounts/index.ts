export { AccountLifecycle } from './account-lifecycle.js';
export type { AccountCreatedHandler } from './account-lifecycle.js';
export { AccountLifecycleModule } from './account-lifecycle.module.js';
export { sessionEnded, SessionEnds } from './session-ends.js';
export type { SessionListener, SessionWatch } from './session-ends.js';
