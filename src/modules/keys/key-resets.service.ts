import { Injectable } from '@nestjs/common';
import type { KeyStatement, SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { asVerified, checkStatementClock, checkVaultForm } from './key-chain.js';
import { KeyStatementsRepository, type LockedHead } from './key-statements.repository.js';
import { handleRefused, statementRefused, vaultConflict, vaultRefused, versionConflict } from './keys.errors.js';
import { readOwnStatement } from './own-statement.js';

/** Keys, handle and vault that begin anew, of a user who has lost the old ones. Nothing of it is verified yet. */
export interface KeyResetRequest {
  readonly userId: string;
  /** Normalised; the one that the user has. */
  readonly loginId: string;
  /** The version after the newest, with the recovery flag. */
  readonly keys: SignedStatement;
  /** By the new signing key. */
  readonly handleSignature: Uint8Array;
  /** Holds the new keys only, under a new vault key. */
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
}

export interface KeyReset {
  readonly keyVersion: number;
  readonly signingPublicKey: Uint8Array;
  /** Of the version that was given up. */
  readonly previousSigningPublicKey: Uint8Array;
}

/** The one place where the server takes a statement with the recovery flag (protocol section 5, bit 0). */
@Injectable()
export class KeyResets {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** What can be refused without the database. Throws DomainErrors whose pointers are those of `ResetKeysRequestJson`. */
  check(request: KeyResetRequest): void {
    const vaultRefusal = checkVaultForm(request.vault);
    if (vaultRefusal !== null) throw vaultRefused(vaultRefusal);
    this.read(request);
  }

  /**
   * Verifies and stores, as part of the reset of the account: the statement, the handle signed anew, and the vault.
   * @returns null where the loginId is not the user's: then the transaction must not be committed
   * @throws keys.version-conflict, keys.vault-conflict where the user's keys have changed since the client looked
   */
  async store(tx: Transaction, request: KeyResetRequest): Promise<KeyReset | null> {
    const { userId, loginId, handleSignature, vault, vaultVersion } = request;
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw new Error('An account has no keys');
    const statement = await this.verify(tx, request, head);
    const { version: keyVersion, signingPublicKey } = statement;
    const { serviceId } = this.settings;
    const handle = { serviceId, loginId, userId, version: keyVersion };
    if (!this.crypto.verifyHandle(handle, handleSignature, signingPublicKey)) throw handleRefused();
    if (!(await this.statements.signHandleAnew(tx, { userId, loginId, handleSignature, keyVersion }))) return null;
    await this.statements.append(tx, { statement, vault, vaultVersion }, this.clock.now());
    return { keyVersion, signingPublicKey, previousSigningPublicKey: asVerified(head.statement).signingPublicKey };
  }

  private async verify(tx: Transaction, request: KeyResetRequest, head: LockedHead): Promise<VerifiedStatement> {
    const { userId, keys } = request;
    const statement = this.read(request);
    this.checkAgainstHead(statement, request.vaultVersion, head);
    const earlier = (await this.statements.findContaining(tx, userId, statement)).map(asVerified);
    const context = { serviceId: statement.serviceId, userId, previous: asVerified(head.statement), earlier };
    const verdict = this.crypto.verifyKeyStatement(keys, context);
    if (!verdict.ok) throw statementRefused(verdict.refusal);
    return verdict.statement;
  }

  /** A statement that the old key has signed belongs to a rotation, which needs no claim. */
  private read({ userId, keys }: KeyResetRequest): KeyStatement {
    const statement = readOwnStatement(keys, { serviceId: this.settings.serviceId, userId });
    if (!statement.recovery || keys.previousSignature !== undefined) {
      throw statementRefused({ field: 'statement', member: 'flags', reason: 'recovery-required' });
    }
    return statement;
  }

  private checkAgainstHead(statement: KeyStatement, vaultVersion: number, head: LockedHead): void {
    const { version } = head.statement;
    const current = { head: new KeyStatementView(head.statement), vaultVersion: head.vaultVersion };
    if (statement.version <= version) throw versionConflict(current);
    if (statement.version !== version + 1) {
      throw statementRefused({ field: 'statement', member: 'version', reason: 'wrong-version' });
    }
    if (vaultVersion !== head.vaultVersion + 1) throw vaultConflict(current);
    const clockRefusal = checkStatementClock(statement.createdAt, this.clock.now());
    if (clockRefusal !== null) throw statementRefused(clockRefusal);
  }
}
