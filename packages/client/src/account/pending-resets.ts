import { encodeBase64Url, encodeChallengeFields, type PendingResetJson } from '@sealpost/protocol';
import { proveSigning } from '../crypto/auth-proof.js';
import { abortable, type CallOptions } from '../http/call-options.js';
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
  constructor(private readonly context: AccountContext) {}

  /** The newest first. */
  async list(call: CallOptions = {}): Promise<readonly PendingReset[]> {
    return (await this.context.userApi.pendingResets(call)).items;
  }

  /** Calls all of them off. Signed with the account's keys: the password need not be known. */
  cancel({ signal }: CallOptions = {}): Promise<void> {
    return abortable({ signal }, (call) => this.#cancel({ ...this.context, signal: call.signal }));
  }

  async #cancel(context: AccountContext): Promise<void> {
    const { record, account } = await ownIdentity(context);
    const { signSeed } = newestOwnKeys(await context.ownKeys.refresh()).seeds;
    const { serviceId, userId } = record;
    await proven(context, {
      loginId: account.loginId,
      leastSuite: record.suite,
      send: ({ challenge, sent }) => {
        const fields = encodeChallengeFields(challenge);
        const proof = proveSigning({ action: 'cancel-resets', serviceId, userId, fields }, signSeed);
        return context.userApi.cancelResets({ challenge: sent, proof: encodeBase64Url(proof) });
      },
    });
  }
}
