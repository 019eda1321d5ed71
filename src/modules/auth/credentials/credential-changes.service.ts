import { Injectable } from '@nestjs/common';
import { encodePasswordFields } from '@sealpost/protocol';
import type { AuthAction, PasswordFields } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { AccountEvent, Actor } from '../../../core/accounts/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account, NewCredentials } from '../accounts/accounts.repository.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import { AuthProofs, checkKeysApart } from '../proofs/auth-proofs.service.js';
import type { ClaimedProof, NewAuthKey } from '../proofs/auth-proofs.service.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { ChallengesService } from '../proofs/challenges.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import {
  accountDisabled,
  credentialsChanged,
  handleWithoutLoginId,
  loginIdUnchanged,
  loginIdWithoutHandle,
  proofRefused,
  recoveryRefused,
} from '../shared/auth.errors.js';

/** A change of an account that an auth key has to prove. */
export interface CredentialChange extends ClaimedProof {
  readonly userId: string;
  /** The version of the credentials that the client has built upon. A stale one is a conflict (protocol section 4). */
  readonly credentialVersion: number;
}

/** What every change is asked for with. Nothing of it is verified yet. */
export interface ChangeRequest {
  /** The account's present loginId, for which the challenge was made. Normalised. */
  readonly loginId: string;
  readonly credentialVersion: number;
  readonly challenge: Uint8Array;
  /** By the auth key that the action asks for. */
  readonly proof: Uint8Array;
}

/** @param fields of the action, encoded: what the proof is about */
export function changeOf(
  action: AuthAction,
  userId: string,
  { loginId, credentialVersion, challenge, proof }: ChangeRequest,
  fields: Uint8Array,
  newKeys: readonly NewAuthKey[] = [],
): CredentialChange {
  return { action, userId, loginId, credentialVersion, challenge, proof, fields, newKeys };
}

/** A new password, and where it is wanted a new loginId, as a client asks for them. */
export interface NewPassword extends ChangeRequest, Omit<PasswordFields, 'userId' | 'newLoginId'> {
  /** Normalised. */
  readonly newLoginId?: string;
  readonly authKeySignature: Uint8Array;
}

/** A new loginId and its signature come together, and it is another one. */
export function checkNewLoginId({ loginId, newLoginId, handleSignature }: NewPassword): void {
  if (newLoginId === loginId) throw loginIdUnchanged();
  if (newLoginId !== undefined && handleSignature === undefined) throw loginIdWithoutHandle();
  if (newLoginId === undefined && handleSignature !== undefined) throw handleWithoutLoginId();
}

/** What the proof of either action is about (protocol section 4). */
export function passwordChangeOf(
  action: 'change-password' | 'recover',
  userId: string,
  request: NewPassword,
): CredentialChange {
  const fields = encodePasswordFields({ ...request, userId, newLoginId: request.newLoginId ?? request.loginId });
  const key = { kind: 'password', publicKey: request.authPublicKey, signature: request.authKeySignature } as const;
  return changeOf(action, userId, request, fields, [key]);
}

/** What a change comes to, once it is allowed. */
export interface CredentialReplacement {
  readonly credentials: NewCredentials;
  readonly actor: Actor;
  /** All sessions but the actor's. */
  readonly endsOtherSessions: boolean;
  /** The actor's too. */
  readonly endsOwnSession?: true;
  /** What the history is to tell. */
  readonly events: readonly Omit<AccountEvent, 'userId' | 'actor'>[];
}

/**
 * The general rule of every change that an auth key proves (protocol section 4): the challenge, the proof, the new keys'
 * own signatures, and then, in one transaction under the account's row lock, the use of the challenge, the comparison of
 * credentialVersion, the change, the end of the other sessions, and the history.
 */
@Injectable()
export class CredentialChanges {
  constructor(
    private readonly keys: KeyRegistry,
    private readonly limits: AccountLimitsService,
    private readonly challenges: ChallengesService,
    private readonly proofs: AuthProofs,
    private readonly challengeUse: ChallengeUse,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
    private readonly lifecycle: AccountLifecycle,
    private readonly revocations: RevocationFeedService,
  ) {}

  /**
   * Checks that the signed-in owner of the account wants the change: the proof is by the present password auth key, and the
   * loginId of the challenge is the account's own. That another change came first is said before the proof is looked at:
   * it would no longer hold.
   */
  async requireOwner(change: CredentialChange): Promise<void> {
    this.challenges.require(change.loginId, change.challenge);
    await this.limits.take('change', change.userId);
    const account = await this.accounts.find(change.userId);
    if (account !== null && account.credentialVersion !== change.credentialVersion) throw credentialsChanged(account);
    const ownLoginId = (await this.keys.findLoginId(change.userId)) === change.loginId;
    if (!this.proofs.verify(change, account?.authPublicKey ?? null) || !ownLoginId) throw proofRefused('proof');
  }

  /**
   * Checks that somebody without a session holds the recovery key of the account of this loginId. A loginId that nobody has
   * costs the same and gets the same answer as a wrong key.
   * @returns the account as it is at the moment
   */
  async requireRecoveryKey(claimed: ClaimedProof, deviceToken?: string): Promise<Account> {
    const { loginId, challenge } = claimed;
    this.challenges.require(loginId, challenge);
    await this.limits.takeFor('recover', loginId, deviceToken);
    const account = await this.accounts.findByLoginId(loginId, this.challenges.decoyOf(loginId).userId);
    const holds = this.proofs.verify(claimed, account?.recoveryAuthPublicKey ?? null);
    if (!holds || account === null) throw recoveryRefused();
    return account;
  }

  /**
   * Runs `work` in the transaction that uses the challenge up, with the account locked against every other change of
   * credentials and against log-ins. What it throws takes everything back but the use of the challenge.
   * @throws auth.challenge-used, auth.account-disabled, auth.credentials-changed
   */
  run<T>(change: CredentialChange, work: (tx: Transaction, account: Account) => Promise<T>): Promise<T> {
    return this.challengeUse.run(change.challenge, async (tx) => {
      const account = await this.accounts.lockForNoKeyUpdate(tx, change.userId);
      if (account === null) throw proofRefused('proof');
      if (account.disabledAt !== null) throw accountDisabled();
      if (account.credentialVersion !== change.credentialVersion) throw credentialsChanged(account);
      return work(tx, account);
    });
  }

  /**
   * Runs a change that replaces credentials, as `run` does: stores what `work` returns, ends other sessions where it says so, and
   * records the events. `work` does what else belongs to the change.
   * @returns the new credentialVersion
   */
  async replace(
    change: CredentialChange,
    work: (tx: Transaction, account: Account) => Promise<CredentialReplacement>,
  ): Promise<number> {
    const { ended, credentialVersion } = await this.run(change, async (tx, account) => {
      const { signingPublicKey } = await this.keys.getNewest(tx, account.userId);
      checkKeysApart(change.newKeys, [account.authPublicKey, account.recoveryAuthPublicKey, signingPublicKey]);
      return this.store(tx, account, await work(tx, account));
    });
    this.revocations.add(ended);
    return credentialVersion;
  }

  /** `requireOwner`, and then `replace`. */
  async replaceAsOwner(
    change: CredentialChange,
    work: (tx: Transaction, account: Account) => Promise<CredentialReplacement>,
  ): Promise<number> {
    await this.requireOwner(change);
    return this.replace(change, work);
  }

  private async store(tx: Transaction, account: Account, replacement: CredentialReplacement) {
    const { userId, credentialVersion } = account;
    const { credentials, actor, endsOtherSessions, endsOwnSession, events } = replacement;
    const keptId = endsOwnSession === true ? null : actor.sessionId;
    await this.accounts.replaceCredentials(tx, account, credentials);
    const ended = endsOtherSessions ? await this.sessions.revokeOthers(tx, userId, keptId) : [];
    for (const event of events) await this.lifecycle.happened(tx, { ...event, userId, actor });
    return { ended, credentialVersion: credentialVersion + 1 };
  }
}
