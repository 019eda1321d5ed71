import { Injectable } from '@nestjs/common';
import { isRootStatement } from '@sealpost/protocol';
import type { KeyStatement, SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { AccountLifecycle } from '../../core/accounts/index.js';
import type { Actor } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import { Transactions } from '../../core/database/index.js';
import type { Transaction } from '../../core/database/index.js';
import { currentOf, HandleSigning, KeyAppend, readOwnStatement } from './key-append.service.js';
import { asVerified } from './key-chain.js';
import type { StoredStatement, StoredVault } from './key-chain.js';
import { checkRotation, requireVaultForm } from './key-rotation.service.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';

/** A rotation as it is asked for: nothing of it is verified yet. */
export interface RotationRequest {
  readonly keys: SignedStatement;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
  /** The signature under the user's loginId by the new signing key; needed with a new root. */
  readonly handleSignature?: Uint8Array;
}

export interface RotationResult {
  /** False where the statement had been accepted before: then nothing was changed. */
  readonly created: boolean;
  readonly statement: StoredStatement;
  /** The version of the vault that is stored now. */
  readonly vaultVersion: number;
}

@Injectable()
export class KeysService {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly keys: KeyAppend,
    private readonly handles: HandleSigning,
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
    requireVaultForm(request.vault);
    const statement = readOwnStatement(request.keys, { serviceId: this.settings.serviceId, userId });
    return this.transactions.run(async (tx) => {
      const result = await this.rotateInTransaction(tx, statement, request, actor);
      const keyVersion = result.statement.version;
      if (result.created) await this.lifecycle.happened(tx, { kind: 'keys-rotated', userId, actor, keyVersion });
      return result;
    });
  }

  private async rotateInTransaction(
    tx: Transaction,
    statement: KeyStatement,
    request: RotationRequest,
    actor: Actor,
  ): Promise<RotationResult> {
    const { userId } = statement;
    const head = await this.keys.lockHeadFor(tx, userId, actor);
    const keysHash = this.crypto.sha256(request.keys.statement);
    // A client that lost the answer repeats, however late: neither the clock nor the vault is looked at.
    const repeated = await this.statements.findByHash(tx, userId, keysHash);
    if (repeated !== null) return { created: false, statement: repeated, vaultVersion: head.vaultVersion };
    const { keys, vault, vaultVersion } = request;
    checkRotation(statement, vaultVersion, { current: currentOf(head), recovery: false }, this.clock.now());
    const newest = await this.keys.append(tx, asVerified(head.statement), { statement, keys, vault, vaultVersion });
    await this.signHandle(tx, newest, request.handleSignature);
    return { created: true, statement: newest, vaultVersion };
  }

  /** Behind a new root nothing holds that an earlier key has signed, the user's loginId included (protocol section 5). */
  private async signHandle(tx: Transaction, statement: VerifiedStatement, signature?: Uint8Array): Promise<void> {
    if (signature === undefined) {
      if (isRootStatement(statement)) throw errors.handleRefused();
      return;
    }
    await this.handles.signWith(tx, statement, signature);
  }
}
