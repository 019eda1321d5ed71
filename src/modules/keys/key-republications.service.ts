import { Injectable } from '@nestjs/common';
import { republicationBytes } from '@sealpost/protocol';
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
import { requireVaultForm } from './key-rotation.service.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import type { LockedHead } from './key-statements.repository.js';
import * as errors from './keys.errors.js';
import type { RotationResult } from './keys.service.js';

/** Statements that a client still has, and the vault of the newest. Nothing of it is verified yet. */
export interface Republication {
  /** Ascending; those that the server has as well are passed over. */
  readonly statements: readonly SignedStatement[];
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
  readonly vaultSignature: Uint8Array;
}

/**
 * A clock that was so far ahead when the statement was made, 100 years, is taken for no clock. The chain goes on from there
 * in steps of a millisecond, so that nobody is kept from replacing keys by a date as far as that.
 */
const FURTHEST_AHEAD_MS = 100 * 365 * 86_400_000;

type Signed = SignedStatement & { readonly pointer: string };

/**
 * Takes statements back that this server has had, or should have: a backup does not have them. They are the ones that
 * contacts have pinned, so that nobody is warned. Each was signed by the version before, which only the user could do; the
 * vault is signed too, since a statement that is known to all contacts says nothing about who sends it again.
 */
@Injectable()
export class KeyRepublications {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly appends: KeyAppend,
    private readonly handles: HandleSigning,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly lifecycle: AccountLifecycle,
  ) {}

  /** All of them or none. @throws keys.statement-refused, keys.vault-refused, keys.handle-refused, and the conflicts */
  async republish(userId: string, request: Republication, actor: Actor): Promise<RotationResult> {
    requireVaultForm(request.vault);
    return this.transactions.run(async (tx) => {
      const head = await this.appends.lockHeadFor(tx, userId, actor);
      const fresh = await this.unknownOf(tx, userId, request.statements);
      if (fresh.length === 0) return { created: false, statement: head.statement, vaultVersion: head.vaultVersion };
      const newest = await this.append(tx, head, fresh, request);
      const { vaultVersion } = request;
      await this.lifecycle.happened(tx, { kind: 'keys-rotated', userId, actor, keyVersion: newest.version });
      return { created: true, statement: newest, vaultVersion };
    });
  }

  /** Without those that are stored, which a repetition brings along. */
  private async unknownOf(
    tx: Transaction,
    userId: string,
    all: readonly SignedStatement[],
  ): Promise<readonly Signed[]> {
    const unknown: Signed[] = [];
    for (const [index, signed] of all.entries()) {
      const stored = await this.statements.findByHash(tx, userId, this.crypto.sha256(signed.statement));
      if (stored === null) unknown.push({ ...signed, pointer: `/statements/${index}` });
    }
    return unknown;
  }

  private async append(
    tx: Transaction,
    head: LockedHead,
    fresh: readonly Signed[],
    request: Republication,
  ): Promise<VerifiedStatement> {
    const { vault, vaultVersion } = request;
    if (vaultVersion <= head.vaultVersion) throw errors.vaultConflict(currentOf(head));
    let previous = asVerified(head.statement);
    for (const signed of fresh) {
      const statement = this.read(signed, previous.userId, head);
      const { pointer } = signed;
      previous = await this.appends.append(tx, previous, { statement, keys: signed, vault, vaultVersion, pointer });
    }
    this.checkVaultSignature(previous, request);
    await this.handles.signWith(tx, previous, request.handleSignature);
    return previous;
  }

  /** What can be refused without the chain. */
  private read(signed: Signed, userId: string, head: LockedHead): KeyStatement {
    const read = readOwnStatement(signed, { serviceId: this.settings.serviceId, userId }, signed.pointer);
    // Another statement of a version that exists: the user has begun another branch since.
    if (read.version <= head.statement.version) throw errors.versionConflict(currentOf(head), signed.pointer);
    this.checkDate(read, signed);
    return read;
  }

  private checkDate({ recovery, createdAt }: KeyStatement, { pointer }: Signed): void {
    if (recovery) {
      throw errors.statementRefused({ field: 'statement', member: 'flags', reason: 'recovery-not-allowed' }, pointer);
    }
    if (createdAt > this.clock.now() + FURTHEST_AHEAD_MS) {
      throw errors.statementRefused({ field: 'statement', member: 'createdAt', reason: 'wrong-clock' }, pointer);
    }
  }

  private checkVaultSignature(newest: VerifiedStatement, { vault, vaultVersion, vaultSignature }: Republication): void {
    const { serviceId, userId, keysHash, signingPublicKey } = newest;
    const signed = { serviceId, userId, keysHash, vaultVersion, vaultHash: this.crypto.sha256(vault) };
    if (this.crypto.verifySignature(vaultSignature, republicationBytes(signed), signingPublicKey)) return;
    throw errors.vaultRefused('wrong-signature', '/vaultSignature');
  }
}
