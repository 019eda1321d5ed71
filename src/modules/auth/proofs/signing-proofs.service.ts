import { Injectable } from '@nestjs/common';
import { encodeChallengeFields } from '@sealpost/protocol';
import type { SigningAction } from '@sealpost/protocol';
import { OwnerProofs, sessionEnded, SessionLocks } from '../../../core/accounts/index.js';
import type { OwnerWish, SessionOfUser } from '../../../core/accounts/index.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { proofRefused, proofRequired } from '../shared/auth.errors.js';
import { ChallengeUse } from './challenge-use.service.js';
import { ChallengesService } from './challenges.service.js';

/** A wish of the account's newest signing key. Nothing of it is verified yet. */
export interface SignedWish {
  readonly userId: string;
  /** The session that makes the request: once it has ended, it proves nothing any more. */
  readonly sessionId: string;
  readonly action: SigningAction;
  /** UUID of the session or user that it is about. */
  readonly subject?: string;
  /** For the account's own loginId. */
  readonly challenge: Uint8Array;
  readonly proof: Uint8Array;
}

/** What a signed-in device proves with the keys of the account: it need not have the password, and no token is enough. */
@Injectable()
export class SigningProofs extends OwnerProofs {
  constructor(
    private readonly challenges: ChallengesService,
    private readonly challengeUse: ChallengeUse,
    private readonly keys: KeyRegistry,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly settings: Settings,
    private readonly sessions: SessionLocks,
  ) {
    super();
  }

  /**
   * Runs `work` in a transaction that uses the challenge up.
   * @throws auth.session-ended, auth.challenge-refused, auth.challenge-used, auth.proof-refused
   */
  async runSigned<T>(wish: SignedWish, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { userId, action, challenge, subject, proof } = wish;
    const loginId = await this.keys.findLoginId(userId);
    if (loginId === null) throw sessionEnded();
    this.challenges.require(loginId, challenge);
    await this.requireSignature(userId, action, encodeChallengeFields(challenge, subject), proof);
    return this.challengeUse.run(challenge, (tx) => this.whileHeld(tx, wish, work));
  }

  /** A version of the shared state is stored once: what is signed for it needs no challenge. */
  override async run<T>(wish: OwnerWish, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { sessionId, isBound, signature, challenge } = wish.proof;
    const held = (tx: Transaction): Promise<T> => this.whileHeld(tx, { userId: wish.userId, sessionId }, work);
    if (isBound) return this.transactions.run(held);
    if (signature === undefined) throw proofRequired();
    if (wish.action === 'put-state') {
      await this.requireSignature(wish.userId, wish.action, wish.fields, signature);
      return this.transactions.run(held);
    }
    if (challenge === undefined) throw proofRequired();
    const { userId, action, subject } = wish;
    return this.runSigned({ userId, sessionId, action, subject, challenge, proof: signature }, work);
  }

  /** Whoever has ended the session, at whatever replica, is not overtaken by what it still asks for. */
  private async whileHeld<T>(
    tx: Transaction,
    session: SessionOfUser,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    await this.sessions.lockForShare(tx, session);
    return work(tx);
  }

  private async requireSignature(
    userId: string,
    action: SigningAction,
    fields: Uint8Array,
    signature: Uint8Array,
  ): Promise<void> {
    const { signingPublicKey } = await this.transactions.run((tx) => this.keys.getNewest(tx, userId));
    const { serviceId } = this.settings;
    const signed = { action, serviceId, userId, fields };
    if (!this.crypto.verifySigningProof(signed, signingPublicKey, signature)) throw proofRefused('proof');
  }
}
