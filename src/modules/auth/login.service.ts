import { Injectable } from '@nestjs/common';
import { LENGTHS } from '@sealpost/protocol';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import { Transactions } from '../../core/database/index.js';
import { KeyRegistry } from '../keys/index.js';
import type { StoredVault } from '../keys/index.js';
import type { Account } from './account.js';
import { AccountLimitsService } from './account-limits.service.js';
import { AccountsRepository } from './accounts.repository.js';
import { accountDisabled, challengeUsed, loginRefused } from './auth.errors.js';
import type { IssuedChallenge } from './challenge.js';
import { ChallengesService } from './challenges.service.js';
import type { Decoy } from './decoy.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { SessionsService } from './sessions.service.js';
import type { OpenedSession } from './sessions.service.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

/** `login` signs no payload (protocol section 4). */
const NO_PAYLOAD = new Uint8Array(LENGTHS.hash);

/** A valid key (RFC 8032, test 1): signatures for unknown loginIds are verified too, with a result that is not used. */
const NOBODYS_KEY = Uint8Array.from(
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'.match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);

export interface OfferedChallenge extends IssuedChallenge {
  readonly suite: number;
  readonly salt: Uint8Array;
}

export interface LoginAttempt {
  readonly loginId: string;
  readonly challenge: Uint8Array;
  readonly signature: Uint8Array;
  readonly sessionName?: string;
}

export interface LoggedIn extends OpenedSession {
  readonly account: Account;
  readonly vault: StoredVault;
}

@Injectable()
export class LoginService {
  constructor(
    private readonly settings: Settings,
    private readonly crypto: CryptoService,
    private readonly limits: AccountLimitsService,
    private readonly transactions: Transactions,
    private readonly keys: KeyRegistry,
    private readonly challenges: ChallengesService,
    private readonly usedChallenges: UsedChallengesRepository,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationFeedService,
  ) {}

  /** Stores nothing of the challenge, and does the same for loginIds that nobody has (protocol section 4). */
  async offerChallenge(loginId: string): Promise<OfferedChallenge> {
    await this.limits.take('challenge', loginId);
    const { account, decoy } = await this.findAccountOrDecoy(loginId);
    return {
      ...this.challenges.issue(loginId),
      suite: account?.suite ?? this.settings.passwordSuite,
      salt: account?.salt ?? decoy.salt,
    };
  }

  async logIn(attempt: LoginAttempt): Promise<LoggedIn> {
    const { loginId, challenge, signature } = attempt;
    this.challenges.require(loginId, challenge);
    await this.limits.take('login', loginId);
    const { account } = await this.findAccountOrDecoy(loginId);
    const { serviceId } = this.settings;
    const proof = { action: 'login', serviceId, loginId, challenge, payloadHash: NO_PAYLOAD } as const;
    const holds = this.crypto.verifyAuthProof(proof, account?.authPublicKey ?? NOBODYS_KEY, signature);
    if (!holds || account === null) throw loginRefused();
    // From here on the caller has shown to own the account.
    const vault = await this.keys.getVault(account.userId);
    const opened = await this.openSession(attempt, account.userId);
    this.revocations.add(opened.ended);
    return { ...opened, account, vault };
  }

  /** Two queries and one decoy, whether the loginId exists or not. */
  private async findAccountOrDecoy(loginId: string): Promise<{ account: Account | null; decoy: Decoy }> {
    const decoy = this.challenges.decoyOf(loginId);
    const userId = await this.keys.findUserIdByLoginId(loginId);
    return { account: await this.accounts.find(userId ?? decoy.userId), decoy };
  }

  private async openSession(attempt: LoginAttempt, userId: string): Promise<OpenedSession> {
    const opened = await this.transactions.run(async (tx) => {
      if (!(await this.usedChallenges.use(tx, attempt.challenge))) throw challengeUsed();
      // Returned, not thrown, so that the challenge stays used. The lock keeps the account from being disabled between
      // this look and the session.
      const standing = await this.accounts.holdStanding(tx, userId);
      if (standing !== 'enabled') return standing;
      return this.sessions.open(tx, userId, attempt.sessionName ?? '');
    });
    if (opened === 'disabled') throw accountDisabled();
    if (opened === 'missing') throw loginRefused();
    return opened;
  }
}
