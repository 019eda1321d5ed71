export { AccountLifecycle } from './account-lifecycle.js';
export type { AccountCreatedHandler } from './account-lifecycle.js';
export { AccountLifecycleModule } from './account-lifecycle.module.js';
