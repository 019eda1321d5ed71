import { Injectable } from '@nestjs/common';
import type { KeyStatement, SignedStatement } from '@sealpost/protocol';
import { AccountLifecycle } from '../../core/accounts/index.js';
import type { Actor } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import { type Transaction, Transactions } from '../../core/database/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { asVerified, checkVaultForm, type StoredStatement, type StoredVault } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';
import { readOwnStatement } from './own-statement.js';
import { checkSuccession } from './succession-checks.js';

/** A rotation as it is asked for: nothing of it is verified yet. */
export interface RotationRequest {
  readonly keys: SignedStatement;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
}

export interface RotationResult {
  /** False where the statement had been accepted before: then nothing was changed. */
  readonly created: boolean;
  readonly statement: StoredStatement;
  /** Of the vault that is stored now. */
  readonly vaultVersion: number;
}

@Injectable()
export class KeysService {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly lifecycle: AccountLifecycle,
  ) {}

  async getVault(userId: string): Promise<StoredVault> {
    const vault = await this.statements.findVault(userId);
    if (vault === null) throw errors.userNotFound();
    return vault;
  }

  /** Accepts statement n+1 and the vault that was rewritten for it, in one transaction (protocol section 5). */
  async rotate(userId: string, request: RotationRequest, actor: Actor): Promise<RotationResult> {
    const vaultRefusal = checkVaultForm(request.vault);
    if (vaultRefusal !== null) throw errors.vaultRefused(vaultRefusal);
    const statement = readOwnStatement(request.keys, { serviceId: this.settings.serviceId, userId });
    return this.transactions.run(async (tx) => {
      const result = await this.rotateInTransaction(tx, statement, request);
      const keyVersion = result.statement.version;
      if (result.created) await this.lifecycle.happened(tx, { kind: 'keys-rotated', userId, actor, keyVersion });
      return result;
    });
  }

  private async rotateInTransaction(
    tx: Transaction,
    statement: KeyStatement,
    request: RotationRequest,
  ): Promise<RotationResult> {
    const { userId } = statement;
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw errors.userNotFound();
    const keysHash = this.crypto.sha256(request.keys.statement);
    // A client that lost the answer repeats, however late: neither the clock nor the vault is looked at.
    const repeated = await this.statements.findByHash(tx, userId, keysHash);
    if (repeated !== null) return { created: false, statement: repeated, vaultVersion: head.vaultVersion };
    const current = { head: new KeyStatementView(head.statement), vaultVersion: head.vaultVersion };
    checkSuccession(statement, request.vaultVersion, current, this.clock.now());
    const earlier = (await this.statements.findContaining(tx, userId, statement)).map(asVerified);
    const context = { serviceId: statement.serviceId, userId, previous: asVerified(head.statement), earlier };
    const verdict = this.crypto.verifyKeyStatement(request.keys, context);
    if (!verdict.ok) throw errors.statementRefused(verdict.refusal);
    const { vault, vaultVersion } = request;
    await this.statements.append(tx, { statement: verdict.statement, vault, vaultVersion }, this.clock.now());
    return { created: true, statement: verdict.statement, vaultVersion };
  }
}
