import { Injectable } from '@nestjs/common';
import type { SignedStatement, VerifiedStatement } from '@sealpost/protocol';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import type { KeyStatementView } from './dto/key-statement.dto.js';
import { HandleSigning, readOwnStatement } from './key-append.service.js';
import { asVerified, checkStatementClock } from './key-chain.js';
import type { FirstKeys, SignedHandle, StoredVault } from './key-chain.js';
import { KeyLookupsService } from './key-lookups.service.js';
import { requireVaultForm } from './key-rotation.service.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { LoginIdTaken, statementRefused, UserIdTaken } from './keys.errors.js';

/** What a new user sends of keys, handle and vault. */
export interface FirstKeysRequest {
  readonly userId: string;
  /** Normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
}

/** A loginId that a user wants to have instead of the present one, and the signature under both. */
export interface NewHandle {
  readonly userId: string;
  /** Normalised. */
  readonly loginId: string;
  readonly handleSignature: Uint8Array;
}

/** A user's keys for somebody who is to open them without the server. */
export interface ExportedKeys {
  /** Ascending from version 1. */
  readonly statements: readonly SignedStatement[];
  readonly vault: StoredVault;
  readonly handle: SignedHandle;
}

/** What other modules may ask of this one. */
@Injectable()
export class KeyRegistry {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly lookups: KeyLookupsService,
    private readonly handles: HandleSigning,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Verifies the keys of a registration, without the database: the form of the vault, version 1 of the chain, the clock
   * and the handle. Throws DomainErrors whose pointers are those of `RegisterRequestJson`.
   */
  verifyFirst(request: FirstKeysRequest): FirstKeys {
    const { userId, loginId, handleSignature, vault } = request;
    const { serviceId } = this.settings;
    requireVaultForm(vault);
    const { createdAt } = readOwnStatement(request.keys, { serviceId, userId });
    const clockRefusal = checkStatementClock(createdAt, this.clock.now(), null);
    if (clockRefusal !== null) throw statementRefused(clockRefusal);
    const verdict = this.crypto.verifyKeyStatement(request.keys, { serviceId, userId, previous: null, earlier: [] });
    if (!verdict.ok) throw statementRefused(verdict.refusal);
    const { statement } = verdict;
    this.handles.verify(statement, loginId, handleSignature);
    return { userId, loginId, statement, keysHash: statement.keysHash, handleSignature, vault };
  }

  /**
   * Stores what `verifyFirst` returned, as version 1 with vault version 1, as part of a registration.
   * @throws LoginIdTaken, UserIdTaken
   */
  async install(tx: Transaction, first: FirstKeys): Promise<void> {
    const installation = await this.statements.insertFirst(tx, first, this.clock.now());
    if (installation === 'login-id-taken') throw new LoginIdTaken();
    if (installation === 'user-id-taken') throw new UserIdTaken();
  }

  /**
   * Moves a user's handle to another loginId, which the newest signing key has signed. Nobody rotates meanwhile.
   * @throws LoginIdTaken at `/newLoginId`; keys.handle-refused, also where the keys have been rotated since
   */
  async rebind(tx: Transaction, handle: NewHandle): Promise<void> {
    const { userId, loginId, handleSignature } = handle;
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw new Error('An account has no keys');
    const newest = asVerified(head.statement);
    this.handles.verify(newest, loginId, handleSignature);
    const moved = await this.statements.moveHandle(tx, { ...handle, keyVersion: newest.version }, this.clock.now());
    if (!moved) throw new LoginIdTaken('/newLoginId');
  }

  /**
   * As part of an erasure: loginId, handle signature and vault go, the statements stay (protocol section 5). Waits for a
   * rotation under way, and is the first thing of the erasure that takes locks beyond the account's.
   */
  erase(tx: Transaction, userId: string): Promise<void> {
    return this.statements.erase(tx, userId);
  }

  /** The user's newest statement. */
  async getNewest(tx: Transaction, userId: string): Promise<VerifiedStatement> {
    const statement = await this.statements.findNewest(tx, userId);
    if (statement === null) throw new Error('An account has no keys');
    return asVerified(statement);
  }

  /** null where there is no such user, or no more. */
  findLoginId(userId: string): Promise<string | null> {
    return this.statements.findLoginId(userId);
  }

  /** The loginId within a transaction: it stays so until the end of one that has locked the account against changes. */
  findLoginIdIn(tx: Transaction, userId: string): Promise<string | null> {
    return this.statements.findLoginIdIn(tx, userId);
  }

  /** @param loginId normalised */
  findUserIdByLoginId(loginId: string): Promise<string | null> {
    return this.statements.findUserId(loginId);
  }

  /** The vault of an existing account. */
  async getVault(userId: string): Promise<StoredVault> {
    const vault = await this.statements.findVault(userId);
    if (vault === null) throw new Error('An account has no vault');
    return vault;
  }

  /** The whole chain, the vault that belongs to it and the handle, as they are together while nobody changes them. */
  async exportKeys(tx: Transaction, userId: string): Promise<ExportedKeys> {
    const head = await this.statements.lockHead(tx, userId);
    if (head === null) throw new Error('An account has no keys');
    // What was committed before the lock, and stays so: other connections see the same.
    const statements = await this.statements.findChain(userId, 0, head.statement.version);
    const loginId = await this.statements.findLoginId(userId);
    const user = loginId === null ? null : await this.statements.findUser(loginId);
    if (user === null) throw new Error('An account has no handle');
    return { statements, vault: await this.getVault(userId), handle: user };
  }

  /** The newest statement of each user, in the order asked for; users that do not exist are missing. */
  findNewestStatements(userIds: readonly string[]): Promise<KeyStatementView[]> {
    return this.lookups.findNewest(userIds);
  }
}
