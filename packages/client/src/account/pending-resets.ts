import type { PendingResetJson } from '@sealpost/protocol';
import type { PendingResetsApi } from '../http/reset-api.js';

/** A reset that somebody has asked for, and that is neither carried out nor over. Times are Unix milliseconds. */
export type PendingReset = PendingResetJson;

/**
 * Resets of one's own account that somebody without its password has asked for. Look at start and now and then, and show
 * them: there is a delay so that the owner can call off what somebody else has asked for.
 */
export class PendingResets {
  constructor(private readonly api: PendingResetsApi) {}

  /** The newest first. */
  async list(): Promise<readonly PendingReset[]> {
    return (await this.api.list()).resets;
  }

  /** Calls all of them off. */
  cancel(): Promise<void> {
    return this.api.cancel();
  }
}
