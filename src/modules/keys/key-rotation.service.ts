import { Injectable } from '@nestjs/common';
import type { KeyStatement, SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { Transaction } from '../../core/database/index.js';
import { currentOf, HandleSigning, KeyAppend, readOwnStatement } from './key-append.service.js';
import { asVerified, checkStatementClock, checkVaultForm } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';
import { LoginIdTaken } from './keys.errors.js';

/** What a new version has to stand on. `recovery`: whether it must have the recovery flag, or must not. */
interface Expected {
  readonly current: errors.CurrentKeys;
  readonly recovery: boolean;
}

/**
 * The cheap checks of a statement that is to come on top of the present one: version, flag, vault version, clock.
 * @param vaultVersion of the vault that comes with it
 * @param now Unix milliseconds
 * @throws keys.version-conflict, keys.vault-conflict, keys.statement-refused
 */
export function checkRotation(
  statement: KeyStatement,
  vaultVersion: number,
  { current, recovery }: Expected,
  now: number,
): void {
  const { version, createdAt } = current.head;
  if (statement.version <= version) throw errors.versionConflict(current);
  if (statement.version !== version + 1) {
    throw errors.statementRefused({ field: 'statement', member: 'version', reason: 'wrong-version' });
  }
  if (statement.recovery !== recovery) {
    // Whoever holds no more than an access token must not replace keys: a reset needs a claim to the loginId.
    const reason = recovery ? 'recovery-required' : 'recovery-not-allowed';
    throw errors.statementRefused({ field: 'statement', member: 'flags', reason });
  }
  if (vaultVersion !== current.vaultVersion + 1) throw errors.vaultConflict(current);
  const clockRefusal = checkStatementClock(statement.createdAt, now, createdAt);
  if (clockRefusal !== null) throw errors.statementRefused(clockRefusal);
}

/** @throws keys.vault-refused */
export function requireVaultForm(vault: Uint8Array): void {
  const refusal = checkVaultForm(vault);
  if (refusal !== null) throw errors.vaultRefused(refusal);
}

/** The next version of a user's keys, with the vault and the handle that go with it. Nothing of it is verified yet. */
export interface NextKeys {
  readonly userId: string;
  /** The user's present one, normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  /** The signature under loginId by the new signing key. */
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
}

/** A rotation as a part of a larger change, e.g. of a new vault key. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly appends: KeyAppend,
    private readonly statements: KeyStatementsRepository,
    private readonly handles: HandleSigning,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * What can be said of it without the database: the forms, and whose it is. Pointers as in POST /v1/keys.
   * @returns what the statement says; no signature was looked at
   */
  read({ userId, keys, vault }: NextKeys): KeyStatement {
    requireVaultForm(vault);
    return readOwnStatement(keys, { serviceId: this.settings.serviceId, userId });
  }

  /**
   * Verifies and stores it on top of the present version, which nobody else changes meanwhile; a recovery is none. Only
   * for an account that the transaction locks.
   * @throws keys.statement-refused, keys.handle-refused, keys.version-conflict, keys.vault-conflict
   */
  async rotateIn(tx: Transaction, next: NextKeys): Promise<VerifiedStatement> {
    const { userId, loginId, keys, handleSignature, vault, vaultVersion } = next;
    const statement = this.read(next);
    const head = await this.appends.lockHead(tx, userId);
    checkRotation(statement, vaultVersion, { current: currentOf(head), recovery: false }, this.clock.now());
    const newest = await this.appends.append(tx, asVerified(head.statement), { statement, keys, vault, vaultVersion });
    this.handles.verify(newest, loginId, handleSignature);
    const moved = { userId, loginId, handleSignature, keyVersion: newest.version };
    if (!(await this.statements.moveHandle(tx, moved, this.clock.now()))) throw new LoginIdTaken();
    return newest;
  }
}
