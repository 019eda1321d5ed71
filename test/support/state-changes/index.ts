import { ACCOUNT_CHANGES } from './of-accounts.js';
import { BLOCK_CHANGES } from './of-blocks.js';
import { DEVICE_CHANGES } from './of-devices.js';
import { MESSAGE_CHANGES } from './of-messages.js';
import { SESSION_CHANGES } from './of-sessions.js';
import { SHARED_STATE_CHANGES } from './of-shared-states.js';
import type { StateChange } from './state-change.js';

export type { Act, Stage, StateChange } from './state-change.js';

/** Every request of the API by which anything could change. */
export const STATE_CHANGES: readonly StateChange[] = [
  ...SESSION_CHANGES,
  ...ACCOUNT_CHANGES,
  ...SHARED_STATE_CHANGES,
  ...BLOCK_CHANGES,
  ...DEVICE_CHANGES,
  ...MESSAGE_CHANGES,
];
