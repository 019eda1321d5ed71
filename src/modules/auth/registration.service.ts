import { Injectable } from '@nestjs/common';
import { authPayloadBytes, encodeRegisterFields } from '@sealpost/protocol';
import { AccountLifecycle } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import { Transactions } from '../../core/database/index.js';
import type { Transaction } from '../../core/database/index.js';
import { DomainError } from '../../core/errors.js';
import { KeyRegistry, UserIdTaken } from '../keys/index.js';
import type { FirstKeys } from '../keys/index.js';
import { AccountLimitsService } from './account-limits.service.js';
import { AccountsRepository } from './accounts.repository.js';
import { challengeUsed, keyRefused, proofRefused, registrationClosed } from './auth.errors.js';
import { ChallengesService } from './challenges.service.js';
import { InvitationsService } from './invitations.service.js';
import { checkKeysApart, checkRegistrationForm } from './registration.js';
import type { Registration } from './registration.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { SessionsService } from './sessions.service.js';
import type { OpenedSession } from './sessions.service.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

@Injectable()
export class RegistrationService {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly crypto: CryptoService,
    private readonly limits: AccountLimitsService,
    private readonly transactions: Transactions,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly challenges: ChallengesService,
    private readonly usedChallenges: UsedChallengesRepository,
    private readonly invitations: InvitationsService,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationFeedService,
  ) {}

  /** The cheap checks come first (protocol section 4); whether loginId and userId are free is asked last. */
  async register(registration: Registration): Promise<OpenedSession> {
    if (this.settings.registration === 'closed') throw registrationClosed();
    checkRegistrationForm(registration);
    this.challenges.require(registration.loginId, registration.challenge);
    await this.limits.take('register', registration.loginId);
    this.checkProofs(registration);
    if (this.settings.registration === 'invitation') await this.invitations.requireUsable(registration.invitation);
    const { userId, loginId, keys, handleSignature, vault } = registration;
    const first = this.keys.verifyFirst({ userId, loginId, keys, handleSignature, vault });
    checkKeysApart(registration, first.statement.signingPublicKey);
    const opened = await this.transactions
      .run((tx) => this.store(tx, registration, first))
      .catch(async (error: unknown) => {
        await this.useUpChallenge(registration, error);
        throw error;
      });
    this.revocations.add(opened.ended);
    return opened;
  }

  /** The transaction of a refused registration took the use of its challenge back with everything else. */
  private async useUpChallenge({ challenge }: Registration, refusal: unknown): Promise<void> {
    if (refusal instanceof DomainError && refusal.kind !== 'unavailable') {
      await this.transactions.run((tx) => this.usedChallenges.use(tx, challenge));
    }
  }

  private checkProofs(registration: Registration): void {
    const { loginId, challenge, authPublicKey, recoveryAuthPublicKey } = registration;
    this.checkKey('authPublicKey', authPublicKey);
    this.checkKey('recoveryAuthPublicKey', recoveryAuthPublicKey);
    const keysHash = this.crypto.sha256(registration.keys.statement);
    const fields = encodeRegisterFields({ ...registration, keysHash });
    const payloadHash = this.crypto.sha256(authPayloadBytes('register', fields));
    const proof = { action: 'register', serviceId: this.settings.serviceId, loginId, challenge, payloadHash } as const;
    if (!this.crypto.verifyAuthProof(proof, authPublicKey, registration.proof)) throw proofRefused('proof');
    const signsItself = (key: Uint8Array, signature: Uint8Array): boolean =>
      this.crypto.verifyNewAuthKey(key, challenge, payloadHash, signature);
    if (!signsItself(authPublicKey, registration.authKeySignature)) throw proofRefused('authKeySignature');
    if (!signsItself(recoveryAuthPublicKey, registration.recoveryAuthKeySignature)) {
      throw proofRefused('recoveryAuthKeySignature');
    }
  }

  private checkKey(member: 'authPublicKey' | 'recoveryAuthPublicKey', key: Uint8Array): void {
    const refusal = this.crypto.checkEd25519PublicKey(key);
    if (refusal !== null) throw keyRefused(member, `The key is not a valid Ed25519 public key (${refusal}).`);
  }

  private async store(tx: Transaction, registration: Registration, first: FirstKeys): Promise<OpenedSession> {
    const { userId, challenge, invitation } = registration;
    if (!(await this.usedChallenges.use(tx, challenge))) throw challengeUsed();
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
    return this.sessions.open(tx, userId, registration.sessionName ?? '');
  }
}
