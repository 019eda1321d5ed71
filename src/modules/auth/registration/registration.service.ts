import { Injectable } from '@nestjs/common';
import { encodeRegisterFields } from '@sealpost/protocol';
import type { RegisterFields, SignedStatement } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry, UserIdTaken } from '../../keys/index.js';
import type { FirstKeys } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import { AuthProofs, bothAuthKeys, checkCredentialForm, checkKeysApart } from '../proofs/auth-proofs.service.js';
import type { ClaimedProof } from '../proofs/auth-proofs.service.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { ChallengesService } from '../proofs/challenges.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { NewSession, OpenedSession } from '../sessions/sessions.service.js';
import { proofRefused, registrationClosed } from '../shared/auth.errors.js';
import { InvitationsService } from './invitations.service.js';

/** What somebody sends to get an account: the fields of action `register` (protocol section 4), and their proofs. */
export interface Registration extends Omit<RegisterFields, 'keysHash'> {
  /** Normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  readonly challenge: Uint8Array;
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
  readonly invitation?: Uint8Array;
  readonly sessionName?: string;
}

@Injectable()
export class RegistrationService {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly crypto: CryptoService,
    private readonly limits: AccountLimitsService,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly challenges: ChallengesService,
    private readonly proofs: AuthProofs,
    private readonly challengeUse: ChallengeUse,
    private readonly invitations: InvitationsService,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationFeedService,
  ) {}

  /**
   * The cheap checks come first (protocol section 4); whether loginId and userId are free is asked last.
   * @param keyThumbprint of the key that the session is to be bound to, which the proof has to cover
   */
  async register(
    registration: Registration,
    actor: Actor,
    keyThumbprint: Uint8Array | null = null,
  ): Promise<OpenedSession> {
    if (this.settings.registration === 'closed') throw registrationClosed();
    checkCredentialForm(registration);
    const claimed = this.claimedProof(registration, keyThumbprint);
    checkKeysApart(claimed.newKeys, []);
    this.challenges.require(registration.loginId, registration.challenge);
    await this.limits.take('register', registration.loginId);
    if (!this.proofs.verify(claimed, registration.authPublicKey)) throw proofRefused('proof');
    if (this.settings.registration === 'invitation') await this.invitations.requireUsable(registration.invitation);
    const { userId, loginId, keys, handleSignature, vault } = registration;
    const first = this.keys.verifyFirst({ userId, loginId, keys, handleSignature, vault });
    checkKeysApart(claimed.newKeys, [first.statement.signingPublicKey]);
    const { challenge, sessionName = '' } = registration;
    const opened = await this.challengeUse.run(challenge, async (tx) => {
      await this.store(tx, registration, first);
      return this.openSession(tx, userId, { name: sessionName, keyThumbprint }, actor);
    });
    this.revocations.add(opened.ended);
    return opened;
  }

  private claimedProof(registration: Registration, sessionKey: Uint8Array | null): ClaimedProof {
    const { loginId, challenge, proof, keys } = registration;
    const account = { ...registration, keysHash: this.crypto.sha256(keys.statement) };
    const fields = encodeRegisterFields(account, sessionKey ?? undefined);
    return { action: 'register', loginId, challenge, fields, proof, newKeys: bothAuthKeys(registration) };
  }

  private async store(tx: Transaction, registration: Registration, first: FirstKeys): Promise<void> {
    const { userId, invitation } = registration;
    if (this.settings.registration === 'invitation') await this.invitations.use(tx, invitation, userId);
    await this.keys.install(tx, first);
    const { suite, salt, authPublicKey, recoveryAuthPublicKey, passwordUnlock, recoveryUnlock } = registration;
    const added = await this.accounts.add(tx, {
      userId,
      suite,
      salt,
      authPublicKey,
      recoveryAuthPublicKey,
      passwordUnlock,
      recoveryUnlock,
      credentialVersion: 1,
      createdAt: this.clock.now(),
      disabledAt: null,
    });
    if (!added) throw new UserIdTaken();
    await this.lifecycle.created(tx, userId);
  }

  private async openSession(tx: Transaction, userId: string, wanted: NewSession, actor: Actor): Promise<OpenedSession> {
    const opened = await this.sessions.open(tx, userId, wanted, actor);
    const { sessionId } = opened;
    await this.lifecycle.happened(tx, { kind: 'registered', userId, actor: { ...actor, sessionId }, keyVersion: 1 });
    return opened;
  }
}
