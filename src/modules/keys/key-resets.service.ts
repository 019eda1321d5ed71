import { Injectable } from '@nestjs/common';
import type { KeyStatement, SignedStatement } from '@sealpost/protocol';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { Transaction } from '../../core/database/index.js';
import { currentOf, HandleSigning, KeyAppend, readOwnStatement } from './key-append.service.js';
import { asVerified } from './key-chain.js';
import { checkRotation, requireVaultForm } from './key-rotation.service.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { statementRefused } from './keys.errors.js';

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
  /** The signing key of the version that was given up. */
  readonly previousSigningPublicKey: Uint8Array;
}

/** The one place where the server takes a statement with the recovery flag (protocol section 5, bit 0). */
@Injectable()
export class KeyResets {
  constructor(
    private readonly appends: KeyAppend,
    private readonly statements: KeyStatementsRepository,
    private readonly handles: HandleSigning,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** What can be refused without the database. Throws DomainErrors whose pointers are those of `ResetKeysRequestJson`. */
  check(request: KeyResetRequest): void {
    requireVaultForm(request.vault);
    this.read(request);
  }

  /**
   * Verifies and stores, as part of the reset of the account: the statement, the handle signed anew, and the vault.
   * @returns null where the loginId is not the user's: then the transaction must not be committed
   * @throws keys.version-conflict, keys.vault-conflict where the user's keys have changed since the client looked
   */
  async store(tx: Transaction, request: KeyResetRequest): Promise<KeyReset | null> {
    const { userId, loginId, keys, handleSignature, vault, vaultVersion } = request;
    const read = this.read(request);
    const head = await this.appends.lockHead(tx, userId);
    checkRotation(read, vaultVersion, { current: currentOf(head), recovery: true }, this.clock.now());
    const previous = asVerified(head.statement);
    const statement = await this.appends.append(tx, previous, { statement: read, keys, vault, vaultVersion });
    const { version: keyVersion, signingPublicKey } = statement;
    this.handles.verify(statement, loginId, handleSignature);
    if (!(await this.statements.signHandleAnew(tx, { userId, loginId, handleSignature, keyVersion }))) return null;
    return { keyVersion, signingPublicKey, previousSigningPublicKey: previous.signingPublicKey };
  }

  /** A statement that the old key has signed belongs to a rotation, which needs no claim. */
  private read({ userId, keys }: KeyResetRequest): KeyStatement {
    const statement = readOwnStatement(keys, { serviceId: this.settings.serviceId, userId });
    if (!statement.recovery || keys.previousSignature !== undefined) {
      throw statementRefused({ field: 'statement', member: 'flags', reason: 'recovery-required' });
    }
    return statement;
  }
}
