import { Injectable } from '@nestjs/common';
import type { KeyStatement, SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { asVerified, checkVaultForm } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';
import { readOwnStatement } from './own-statement.js';
import { checkSuccession } from './succession-checks.js';

/** The next version of a user's keys, with the vault and the handle that go with it. */
export interface Successor {
  readonly userId: string;
  /** The user's present one, normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  /** Of loginId, by the new signing key. */
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
}

/** A new version of keys as a part of a larger change, e.g. of a new vault key. */
@Injectable()
export class KeySuccession {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * What can be said of it without the database: the forms, and whose it is. Pointers as in POST /v1/keys.
   * @returns what the statement says; no signature was looked at
   */
  read({ userId, keys, vault }: Successor): KeyStatement {
    const refusal = checkVaultForm(vault);
    if (refusal !== null) throw errors.vaultRefused(refusal);
    return readOwnStatement(keys, { serviceId: this.settings.serviceId, userId });
  }

  /**
   * Verifies and stores it on top of the present version, which nobody else changes meanwhile, by the rules of a
   * rotation; a recovery is none. Only for an account that the transaction holds.
   * @throws keys.statement-refused, keys.handle-refused, keys.version-conflict, keys.vault-conflict
   */
  async succeed(tx: Transaction, successor: Successor): Promise<VerifiedStatement> {
    const { userId, loginId, keys, handleSignature, vault, vaultVersion } = successor;
    const { serviceId } = this.settings;
    const read = this.read(successor);
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw new Error('An account has no keys');
    const current = { head: new KeyStatementView(head.statement), vaultVersion: head.vaultVersion };
    checkSuccession(read, vaultVersion, current, this.clock.now());
    const earlier = (await this.statements.findContaining(tx, userId, read)).map(asVerified);
    const context = { serviceId, userId, previous: asVerified(head.statement), earlier };
    const verdict = this.crypto.verifyKeyStatement(keys, context);
    if (!verdict.ok) throw errors.statementRefused(verdict.refusal);
    const { statement } = verdict;
    const { version, signingPublicKey } = statement;
    const handle = { serviceId, loginId, userId, version };
    if (!this.crypto.verifyHandle(handle, handleSignature, signingPublicKey)) throw errors.handleRefused();
    const now = this.clock.now();
    await this.statements.append(tx, { statement, vault, vaultVersion }, now);
    const kept = await this.statements.moveHandle(tx, { userId, loginId, handleSignature, keyVersion: version }, now);
    if (!kept) throw new errors.LoginIdTaken();
    return statement;
  }
}
