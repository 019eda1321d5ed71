import { Injectable } from '@nestjs/common';
import { encodeResetKeysFields } from '@sealpost/protocol';
import type { KeyStatementJson, RegisterFields, SignedStatement } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry, KeyResets } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account } from '../accounts/accounts.repository.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import { AuthProofs, bothAuthKeys, checkCredentialForm, checkKeysApart } from '../proofs/auth-proofs.service.js';
import type { ClaimedProof } from '../proofs/auth-proofs.service.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { ChallengesService } from '../proofs/challenges.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { accountDisabled, claimRefused, proofRefused } from '../shared/auth.errors.js';
import { EscrowService } from '../vault-key/escrow.service.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import { ResetClaims } from './reset-claims.service.js';

/** An account that begins anew, as a client asks for it (action `reset-keys`). Nothing of it is verified yet. */
export interface ResetOfAccount extends Omit<RegisterFields, 'keysHash'> {
  /** The loginId for which challenge and claim were made. Normalised. */
  readonly loginId: string;
  /** The version after the newest, with the recovery flag. */
  readonly keys: SignedStatement;
  readonly vaultVersion: number;
  readonly claimToken: Uint8Array;
  readonly challenge: Uint8Array;
  /** By the new password auth key: there is no other key left that could prove anything. */
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}

/** What a client has to know of the account to make its new keys. */
export interface OpenedReset {
  readonly account: Account;
  readonly keys: KeyStatementJson;
  readonly vaultVersion: number;
}

export interface FinishedReset {
  readonly credentialVersion: number;
  readonly keyVersion: number;
}

/** The last resort of who has lost everything: a verified claim to the loginId, and then an account that begins anew. */
@Injectable()
export class AccountReset {
  constructor(
    private readonly limits: AccountLimitsService,
    private readonly challenges: ChallengesService,
    private readonly proofs: AuthProofs,
    private readonly challengeUse: ChallengeUse,
    private readonly crypto: CryptoService,
    private readonly resetClaims: ResetClaims,
    private readonly claims: ResetClaimsRepository,
    private readonly keys: KeyRegistry,
    private readonly keyResets: KeyResets,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
    private readonly escrows: EscrowService,
    private readonly lifecycle: AccountLifecycle,
    private readonly revocations: RevocationFeedService,
  ) {}

  /** Changes nothing. @throws auth.claim-refused, auth.claim-not-ready */
  async open(loginId: string, claimToken: Uint8Array): Promise<OpenedReset> {
    const claim = await this.getClaim(loginId, claimToken);
    this.resetClaims.requireReady(claim);
    const { userId } = claim;
    const [account, [keys], { vaultVersion }] = await Promise.all([
      this.accounts.find(userId),
      this.keys.findNewestStatements([userId]),
      this.keys.getVault(userId),
    ]);
    if (account === null || keys === undefined) throw claimRefused();
    if (account.disabledAt !== null) throw accountDisabled();
    return { account, keys, vaultVersion };
  }

  /** Action `reset-keys`. All sessions end; log in with the new password afterwards. */
  async reset(request: ResetOfAccount, actor: Actor): Promise<FinishedReset> {
    checkCredentialForm(request);
    const claimed = this.claimedProof(request);
    checkKeysApart(claimed.newKeys, []);
    this.challenges.require(request.loginId, request.challenge);
    if (!this.proofs.verify(claimed, request.authPublicKey)) throw proofRefused('proof');
    const claim = await this.getClaim(request.loginId, request.claimToken);
    if (claim.userId !== request.userId) throw claimRefused();
    this.keyResets.check(request);
    const { ended, ...finished } = await this.challengeUse.run(request.challenge, (tx) =>
      this.store(tx, request, claim, actor),
    );
    this.revocations.add(ended);
    return finished;
  }

  /**
   * Nobody guesses 32 random bytes, and whoever tries is limited per address. What counts per account therefore counts
   * only with a token that holds: without one, nobody keeps the owner of a loginId from a recovery or a reset.
   */
  private async getClaim(loginId: string, claimToken: Uint8Array): Promise<ResetClaim> {
    const claim = await this.resetClaims.get(loginId, claimToken);
    await this.limits.take('claim', claim.userId);
    return claim;
  }

  private claimedProof(request: ResetOfAccount): ClaimedProof {
    const { loginId, challenge, proof, keys, claimToken } = request;
    const keysHash = this.crypto.sha256(keys.statement);
    const fields = encodeResetKeysFields({ ...request, keysHash, claimTokenHash: this.crypto.sha256(claimToken) });
    return { action: 'reset-keys', loginId, challenge, fields, proof, newKeys: bothAuthKeys(request) };
  }

  private async store(tx: Transaction, request: ResetOfAccount, claim: ResetClaim, actor: Actor) {
    const { userId } = claim;
    const account = await this.accounts.lockForNoKeyUpdate(tx, userId);
    if (account === null) throw claimRefused();
    if (account.disabledAt !== null) throw accountDisabled();
    const voucher = this.resetClaims.requireReady(claim);
    // Under the lock: of two requests with the same token one finds it gone.
    if (!(await this.claims.use(tx, claim.id))) throw claimRefused();
    const keys = await this.keyResets.store(tx, request);
    if (keys === null) throw claimRefused();
    const { keyVersion, signingPublicKey, previousSigningPublicKey } = keys;
    const others = [account.authPublicKey, account.recoveryAuthPublicKey, signingPublicKey, previousSigningPublicKey];
    checkKeysApart(bothAuthKeys(request), others);
    await this.accounts.replaceCredentials(tx, account, credentialsOf(request));
    await this.claims.deleteOf(tx, userId, 0);
    const ended = await this.sessions.revokeOthers(tx, userId, null);
    // A wrap of the old vault key opens nothing that there is; a new one needs the owner's own decision.
    const escrowEvents = await this.escrows.replace(tx, userId, undefined);
    await this.lifecycle.happened(tx, { kind: 'keys-reset', userId, actor, keyVersion, detail: voucher });
    for (const kind of escrowEvents) await this.lifecycle.happened(tx, { kind, userId, actor });
    return { ended, keyVersion, credentialVersion: account.credentialVersion + 1 };
  }
}

function credentialsOf(request: ResetOfAccount) {
  const { suite, salt, authPublicKey, recoveryAuthPublicKey, passwordUnlock, recoveryUnlock } = request;
  return { suite, salt, authPublicKey, recoveryAuthPublicKey, passwordUnlock, recoveryUnlock };
}
