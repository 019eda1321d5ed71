import { encodeBase64Url, encodeChallengeFields, type PendingResetJson } from '@sealpost/protocol';
import { proveSigning } from '../crypto/auth-proof.js';
import type { PendingResetsApi } from '../http/reset-api.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import { ownIdentity, type AccountContext } from './account-context.js';
import { proven } from './proven.js';

/** A reset that somebody has asked for, and that is neither carried out nor over. Times are Unix milliseconds. */
export type PendingReset = PendingResetJson;

/**
 * Resets of one's own account that somebody without its password has asked for. Look at start and now and then, and show
 * them: there is a delay so that the owner can call off what somebody else has asked for.
 */
export class PendingResets {
  constructor(
    private readonly api: PendingResetsApi,
    private readonly context: AccountContext,
  ) {}

  /** The newest first. */
  async list(): Promise<readonly PendingReset[]> {
    return (await this.api.list()).resets;
  }

  /** Calls all of them off. Signed with the account's keys: the password need not be known. */
  async cancel(): Promise<void> {
    const { record, account } = await ownIdentity(this.context);
    const { signSeed } = newestOwnKeys(await this.context.ownKeys.refresh()).seeds;
    const { serviceId, userId } = record;
    await proven(this.context, {
      loginId: account.loginId,
      leastSuite: record.suite,
      send: ({ challenge, sent }) => {
        const fields = encodeChallengeFields(challenge);
        const proof = proveSigning({ action: 'cancel-resets', serviceId, userId, fields }, signSeed);
        return this.api.cancel({ challenge: sent, proof: encodeBase64Url(proof) });
      },
    });
  }
}
