import { encodeBase64Url, encodeDeleteAccountFields, type AccountJson } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { isApiError } from '../errors.js';
import type { AccountApi } from '../http/account-api.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import type { Environment } from './environment.js';
import type { OwnAccount } from './own-account.js';
import { PasswordProof } from './password-proof.js';

/** The end of an account: at the server, and then in the storage. */
export class Erasure {
  constructor(
    private readonly environment: Environment,
    private readonly api: AccountApi,
    private readonly own: OwnAccount,
    /** Ends everything that the client is doing, and gives the storage back. */
    private readonly close: () => Promise<void>,
  ) {}

  async erase(password: string): Promise<void> {
    checkPasswordArgument(password);
    const { record, account } = await this.own.get();
    const { serviceId } = this.environment.address;
    const accountSecret = chooseAccountSecret(undefined, record);
    const proof = new PasswordProof({ serviceId, loginId: record.loginId, accountSecret }, password);
    try {
      await withFreshChallenge((inDoubt) => this.#tryErase(account, record.suite, proof, inDoubt));
    } finally {
      proof.wipe();
    }
    await this.environment.state.clear();
    await this.close();
  }

  async #tryErase(account: AccountJson, highestSuite: number, proof: PasswordProof, inDoubt: boolean): Promise<void> {
    const { userId, loginId, credentialVersion } = account;
    // Nothing is derived from the decoy that an erased account's loginId gets: its suite may be a lower one.
    if (inDoubt && (await this.#isOver())) return;
    try {
      const offered = await fetchChallenge(this.environment.api, loginId, highestSuite);
      const { serviceId } = this.environment.address;
      const payloadHash = authPayloadHash('delete-account', encodeDeleteAccountFields({ userId, credentialVersion }));
      const context = { serviceId, loginId, challenge: offered.challenge };
      const { authSeed } = proof.keysFor(offered);
      await this.api.erase({
        loginId,
        credentialVersion,
        challenge: encodeBase64Url(offered.challenge),
        proof: encodeBase64Url(proveAction('delete-account', context, payloadHash, authSeed)),
      });
    } catch (error) {
      // The try whose answer was lost may have been carried out only now.
      if (!inDoubt || !isApiError(error, 'auth.session-ended')) throw error;
    }
  }

  /** A try whose answer was lost has ended this session, as nothing else does but a log-out elsewhere. */
  async #isOver(): Promise<boolean> {
    try {
      await this.api.account();
      return false;
    } catch (error) {
      if (isApiError(error, 'auth.session-ended')) return true;
      throw error;
    }
  }
}
