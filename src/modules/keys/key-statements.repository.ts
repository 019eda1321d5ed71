import type { PublicKeys } from '@sealpost/protocol';
import type { Transaction } from '../../core/database/index.js';
import type { FirstKeys, FoundUser, Rotation, SignedHandle, StoredStatement, StoredVault } from './key-chain.js';

/** Statements, heads, handles and vaults. Times are Unix milliseconds. */
export abstract class KeyStatementsRepository {
  abstract findUser(loginId: string): Promise<FoundUser | null>;

  /** In no particular order; users that do not exist, or no more, are missing. */
  abstract findHandles(userIds: readonly string[]): Promise<SignedHandle[]>;

  abstract findUserId(loginId: string): Promise<string | null>;

  abstract findLoginId(userId: string): Promise<string | null>;

  /** Reads the loginId within the transaction. */
  abstract findLoginIdIn(tx: Transaction, userId: string): Promise<string | null>;

  /** Reads the newest statement within the transaction. */
  abstract findNewest(tx: Transaction, userId: string): Promise<StoredStatement | null>;

  /** False where the loginId is taken: then the transaction must not be committed. Only under the lock of the head. */
  abstract moveHandle(tx: Transaction, handle: SignedHandle, now: number): Promise<boolean>;

  /** False where the user has another loginId: then nothing was changed. Only under the lock of the head. */
  abstract signHandleAnew(tx: Transaction, handle: SignedHandle): Promise<boolean>;

  /** The hash of the newest statement of each user, in no particular order; users that do not exist are missing. */
  abstract findHeads(userIds: readonly string[]): Promise<KeyHeadHash[]>;

  /** In no particular order; users that do not exist are missing. */
  abstract findNewestOf(userIds: readonly string[]): Promise<StoredStatement[]>;

  abstract findVersion(userId: string, version: number): Promise<StoredStatement | null>;

  /** Versions behind `after`, ascending, at most `limit`. */
  abstract findChain(userId: string, after: number, limit: number): Promise<StoredStatement[]>;

  abstract findVault(userId: string): Promise<StoredVault | null>;

  /** What the user's keys and vault are built upon from now to the end of the transaction: nobody else changes them. */
  abstract lockHead(tx: Transaction, userId: string): Promise<LockedHead | null>;

  /**
   * Removes the user's handle and vault. Statements and head stay for ever; nobody changes them any more, for want of a
   * vault. Whoever is rotating the keys is waited for.
   */
  abstract erase(tx: Transaction, userId: string): Promise<void>;

  /** Finds the version with this hash, whichever it is. */
  abstract findByHash(tx: Transaction, userId: string, keysHash: Uint8Array): Promise<StoredStatement | null>;

  /** Finds the statements that contain the bytes of one of the keys: few or none, however long the chain is. */
  abstract findContaining(tx: Transaction, userId: string, keys: PublicKeys): Promise<StoredStatement[]>;

  /** Stores a new user's keys, unless a unique value is taken; then the transaction stays usable. */
  abstract insertFirst(tx: Transaction, first: FirstKeys, now: number): Promise<Installation>;

  /** Appends a version. Only under the lock of the head, and only for what was verified against it. */
  abstract append(tx: Transaction, rotation: Rotation, now: number): Promise<void>;
}

export interface KeyHeadHash {
  readonly userId: string;
  /** Hexadecimal. */
  readonly keysHash: string;
}

export interface LockedHead {
  /** The newest statement. */
  readonly statement: StoredStatement;
  readonly vaultVersion: number;
}

export type Installation = 'installed' | 'login-id-taken' | 'user-id-taken';
