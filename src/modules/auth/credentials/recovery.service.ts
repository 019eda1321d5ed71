import { Injectable } from '@nestjs/common';
import { encodeRecoveryKeyFields, NO_FIELDS } from '@sealpost/protocol';
import type { RecoveryKeyFields } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { KeyRegistry } from '../../keys/index.js';
import type { StoredVault } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account } from '../accounts/accounts.repository.js';
import { checkCredentialForm } from '../proofs/auth-proofs.service.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { accountDisabled, recoveryRefused } from '../shared/auth.errors.js';
import { changeOf, CredentialChanges } from './credential-changes.service.js';
import type { ChangeRequest } from './credential-changes.service.js';

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
export interface NewRecoveryKey extends ChangeRequest, Omit<RecoveryKeyFields, 'userId'> {
  readonly recoveryAuthKeySignature: Uint8Array;
}

@Injectable()
export class RecoveryService {
  constructor(
    private readonly changes: CredentialChanges,
    private readonly challengeUse: ChallengeUse,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
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
      await this.lifecycle.happened(tx, { kind: 'recovery-opened', userId, actor });
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
    const change = changeOf('replace-recovery', userId, request, fields, newKeys);
    return this.changes.replaceAsOwner(change, async () => ({
      credentials: { recoveryAuthPublicKey, recoveryUnlock },
      actor,
      endsOtherSessions: false,
      events: [{ kind: 'recovery-key-replaced' }],
    }));
  }
}
