export { type Caller, CurrentUser, Public, PUBLIC_ROUTE } from './caller.js';
export * from './fields/index.js';
