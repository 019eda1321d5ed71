import { Injectable } from '@nestjs/common';
import { decodeKeyStatement, ProtocolError } from '@sealpost/protocol';
import type { KeyStatement, SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { SessionLocks } from '../../core/accounts/index.js';
import type { Actor } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { asVerified, checkOwner } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import type { LockedHead } from './key-statements.repository.js';
import { handleRefused, statementRefused, userNotFound } from './keys.errors.js';
import type { CurrentKeys } from './keys.errors.js';

/**
 * What a client sent as a statement of its own: decoded, and for this service and this user. Nothing else of it is
 * verified. Throws the problem of a refusal.
 * @param pointer JSON pointer to it; `/keys` by default
 */
export function readOwnStatement(
  keys: SignedStatement,
  owner: { readonly serviceId: string; readonly userId: string },
  pointer?: string,
): KeyStatement {
  let statement: KeyStatement;
  try {
    statement = decodeKeyStatement(keys.statement);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { field, reason } = error;
    throw statementRefused({ field: 'statement', member: field, reason: 'malformed', cause: reason }, pointer);
  }
  const refusal = checkOwner(statement, owner);
  if (refusal !== null) throw statementRefused(refusal, pointer);
  return statement;
}

/** A version that is to come next. Its signatures are not verified yet. */
export interface NextVersion {
  /** What `keys` says, decoded and of this user. */
  readonly statement: KeyStatement;
  readonly keys: SignedStatement;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
  /** JSON pointer to `keys`; `/keys` by default. */
  readonly pointer?: string;
}

/**
 * The one way onto a chain. Whoever uses it locks the head, checks what its own case asks for, appends, and sees to the
 * handle: the rules of the chain, and that no key comes twice, are here.
 */
@Injectable()
export class KeyAppend {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly sessions: SessionLocks,
  ) {}

  /** Locks the user's keys, so that nobody else changes them until the transaction ends. @throws keys.user-not-found */
  async lockHead(tx: Transaction, userId: string): Promise<LockedHead> {
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw userNotFound();
    return head;
  }

  /**
   * Locks the user's keys and the session of the request: the keys of a stolen device end with its session, also where this
   * replica has not heard of that.
   * @throws keys.user-not-found, auth.session-ended
   */
  async lockHeadFor(tx: Transaction, userId: string, { sessionId }: Actor): Promise<LockedHead> {
    const head = await this.lockHead(tx, userId);
    if (sessionId !== null) await this.sessions.lockForShare(tx, { userId, sessionId });
    return head;
  }

  /**
   * Verifies and stores. Only under the lock of the head.
   * @param previous the version that it comes on top of
   * @throws keys.statement-refused
   */
  async append(tx: Transaction, previous: VerifiedStatement, next: NextVersion): Promise<VerifiedStatement> {
    const { statement, keys, vault, vaultVersion, pointer } = next;
    const { serviceId, userId } = statement;
    const earlier = (await this.statements.findContaining(tx, userId, statement)).map(asVerified);
    const verdict = this.crypto.verifyKeyStatement(keys, { serviceId, userId, previous, earlier });
    if (!verdict.ok) throw statementRefused(verdict.refusal, pointer);
    await this.statements.append(tx, { statement: verdict.statement, vault, vaultVersion }, this.clock.now());
    return verdict.statement;
  }
}

/** What a conflict tells the client to build upon. */
export function currentOf(head: LockedHead): CurrentKeys {
  return { head: new KeyStatementView(head.statement), vaultVersion: head.vaultVersion };
}

/** Binds a user's present loginId to keys that are new. */
@Injectable()
export class HandleSigning {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly crypto: CryptoService,
  ) {}

  /**
   * Puts the signature of the user's present loginId by a new signing key in the place of the one before. Only under the lock
   * of the head, which keeps the loginId as it is.
   * @throws keys.handle-refused
   */
  async signWith(tx: Transaction, newest: VerifiedStatement, handleSignature: Uint8Array): Promise<void> {
    const { userId, version } = newest;
    const loginId = await this.statements.findLoginIdIn(tx, userId);
    if (loginId === null) throw userNotFound();
    this.verify(newest, loginId, handleSignature);
    await this.statements.signHandleAnew(tx, { userId, loginId, handleSignature, keyVersion: version });
  }

  /** @param loginId that the keys are to be found under @throws keys.handle-refused */
  verify(statement: VerifiedStatement, loginId: string, handleSignature: Uint8Array): void {
    const { serviceId, userId, version, signingPublicKey } = statement;
    const handle = { serviceId, loginId, userId, version };
    if (!this.crypto.verifyHandle(handle, handleSignature, signingPublicKey)) throw handleRefused();
  }
}
