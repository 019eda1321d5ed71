import { Injectable } from '@nestjs/common';
import { encodeLoginFields, NO_FIELDS, PASSWORD_SUITES } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Settings } from '../../../core/config/index.js';
import type { Caller } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import type { StoredVault } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account } from '../accounts/accounts.repository.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import { AuthProofs } from '../proofs/auth-proofs.service.js';
import { ChallengeUse } from '../proofs/challenge-use.service.js';
import { ChallengesService, decoySuite } from '../proofs/challenges.service.js';
import type { IssuedChallenge } from '../proofs/challenges.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { NewSession, OpenedSession } from '../sessions/sessions.service.js';
import { accountDisabled, loginRefused } from '../shared/auth.errors.js';

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

/** Who asks for a challenge, as far as that is known. */
export interface Asker {
  /** null: a stranger. */
  readonly caller?: Caller | null;
  readonly deviceToken?: string | undefined;
}

/** What a log-in brings besides its body. */
export interface LoginMeans {
  /** Thumbprint of the key that the session is to be bound to, which the signature has to cover. */
  readonly key?: Uint8Array | null;
  readonly deviceToken?: string | undefined;
}

export interface LoggedIn extends OpenedSession {
  readonly account: Account;
  readonly vault: StoredVault;
}

const SUITES: readonly number[] = [...PASSWORD_SUITES.keys()].sort((a, b) => a - b);

@Injectable()
export class LoginService {
  constructor(
    private readonly settings: Settings,
    private readonly limits: AccountLimitsService,
    private readonly keys: KeyRegistry,
    private readonly challenges: ChallengesService,
    private readonly proofs: AuthProofs,
    private readonly challengeUse: ChallengeUse,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsService,
    private readonly lifecycle: AccountLifecycle,
    private readonly revocations: RevocationFeedService,
  ) {}

  /**
   * Stores nothing of the challenge, and does the same for loginIds that nobody has (protocol section 4).
   */
  async offerChallenge(loginId: string, asker: Asker = {}): Promise<OfferedChallenge> {
    await this.limitChallenges(loginId, asker);
    const decoy = this.challenges.decoyOf(loginId);
    const account = await this.accounts.findByLoginId(loginId, decoy.userId);
    const suites = await this.accounts.findSuitesInUse(SUITES);
    const suite = decoySuite(decoy, suites, this.settings.passwordSuite);
    const { suite: offeredSuite, salt } = account ?? { suite, salt: decoy.salt };
    return { ...this.challenges.issue(loginId), suite: offeredSuite, salt };
  }

  /**
   * Somebody who is signed in needs challenges to change a password or to lock a thief out: strangers who name the same
   * loginId do not use those up. What another's loginId is asked for counts as anybody's.
   */
  private async limitChallenges(loginId: string, { caller = null, deviceToken }: Asker): Promise<void> {
    const own = caller !== null && (await this.keys.findLoginId(caller.userId)) === loginId;
    if (own) await this.limits.take('ownChallenge', caller.userId);
    else await this.limits.takeFor('challenge', loginId, deviceToken);
  }

  async logIn(attempt: LoginAttempt, actor: Actor, { key = null, deviceToken }: LoginMeans = {}): Promise<LoggedIn> {
    const { loginId, challenge, signature } = attempt;
    this.challenges.require(loginId, challenge);
    await this.limits.takeFor('login', loginId, deviceToken);
    const account = await this.accounts.findByLoginId(loginId, this.challenges.decoyOf(loginId).userId);
    const fields = key === null ? NO_FIELDS : encodeLoginFields(key);
    const claimed = { action: 'login', loginId, challenge, fields, proof: signature, newKeys: [] } as const;
    const holds = this.proofs.verify(claimed, account?.authPublicKey ?? null);
    if (!holds || account === null) throw loginRefused();
    // From here on the caller has shown to own the account.
    const vault = await this.keys.getVault(account.userId);
    const wanted = { name: attempt.sessionName ?? '', keyThumbprint: key };
    const opened = await this.openSession(challenge, account, wanted, actor);
    this.revocations.add(opened.ended);
    return { ...opened, account, vault };
  }

  private openSession(
    challenge: Uint8Array,
    account: Account,
    wanted: NewSession,
    actor: Actor,
  ): Promise<OpenedSession> {
    const { userId } = account;
    return this.challengeUse.run(challenge, async (tx) => {
      // The lock keeps the account from being disabled, and its password from being changed, between this look and the
      // session.
      const status = await this.accounts.lockStatus(tx, account);
      if (status === 'disabled') throw accountDisabled();
      if (status !== 'enabled') throw loginRefused();
      const opened = await this.sessions.open(tx, userId, wanted, actor);
      const { sessionId } = opened;
      await this.lifecycle.happened(tx, { kind: 'logged-in', userId, actor: { ...actor, sessionId } });
      return opened;
    });
  }
}
