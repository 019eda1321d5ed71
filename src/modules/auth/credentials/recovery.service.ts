import { Injectable } from '@nestjs/common';
import { encodeRecoveryKeyFields, NO_FIELDS } from '@sealpost/protocol';
import type { RecoveryKeyFields } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import { KeyRegistry } from '../../keys/index.js';
import type { StoredVault } from '../../keys/index.js';
import type { Account } from '../accounts/account.js';
import { accountDisabled } from '../accounts/accounts.errors.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { AccountEvents } from '../history/account-events.service.js';
import { checkCredentialForm } from '../proofs/auth-proof.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { CredentialChanges } from './credential-changes.service.js';
import { recoveryRefused } from './credentials.errors.js';

export interface RecoveryRequest {
  /** The loginId for which the challenge was made. Normalised. */
  readonly loginId: string;
  readonly challenge: Uint8Array;
  /** By the recovery auth key. */
  readonly proof: Uint8Array;
}

/** What the holder of the recovery key needs to set a new password. */
export interface OpenedRecovery {
  readonly account: Account;
  readonly vault: StoredVault;
}

/** A new recovery key as a client asks for it. Nothing of it is verified yet. */
export interface NewRecoveryKey extends Omit<RecoveryKeyFields, 'userId'> {
  readonly loginId: string;
  readonly challenge: Uint8Array;
  /** By the password auth key. */
  readonly proof: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}

@Injectable()
export class RecoveryService {
  constructor(
    private readonly changes: CredentialChanges,
    private readonly challengeUse: ChallengeUse,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly events: AccountEvents,
  ) {}

  /** Action `open-recovery`. Changes nothing, but is in the history: whoever asks has the words. */
  async open(request: RecoveryRequest, actor: Actor, deviceToken?: string): Promise<OpenedRecovery> {
    const claimed = { ...request, action: 'open-recovery', fields: NO_FIELDS, newKeys: [] } as const;
    const account = await this.changes.requireRecoveryKey(claimed, deviceToken);
    const { userId } = account;
    const vault = await this.keys.getVault(userId);
    return this.challengeUse.run(request.challenge, async (tx) => {
      const status = await this.accounts.lockStatus(tx, account);
      if (status === 'disabled') throw accountDisabled();
      // Unlock and vault may belong to different vault keys, where the credentials were changed in between.
      if (status !== 'enabled') throw recoveryRefused();
      await this.events.record(tx, { kind: 'recovery-opened', userId, actor });
      return { account, vault };
    });
  }

  /**
   * Action `replace-recovery`: the old recovery key opens nothing from now on. Sessions go on.
   * @returns the new credentialVersion
   */
  async replaceKey(userId: string, request: NewRecoveryKey, actor: Actor): Promise<number> {
    checkCredentialForm(request);
    const { recoveryAuthPublicKey, recoveryUnlock, recoveryAuthKeySignature: signature } = request;
    const fields = encodeRecoveryKeyFields({ ...request, userId });
    const newKeys = [{ kind: 'recovery', publicKey: recoveryAuthPublicKey, signature }] as const;
    const { loginId, challenge, proof, credentialVersion } = request;
    const claimed = { action: 'replace-recovery', loginId, challenge, fields, proof, newKeys } as const;
    const change = { ...claimed, userId, credentialVersion };
    await this.changes.requireOwner(change);
    return this.changes.replace(change, async () => ({
      credentials: { recoveryAuthPublicKey, recoveryUnlock },
      actor,
      endsOtherSessions: false,
      events: [{ kind: 'recovery-key-replaced' }],
    }));
  }
}
