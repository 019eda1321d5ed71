import { Injectable } from '@nestjs/common';
import type { PublicKeys } from '@sealpost/protocol';
import { Database, fromRow, plainArray, prismaOf, rowsOf, toRow } from '../../core/database/index.js';
import type { Statement, Transaction } from '../../core/database/index.js';
import type { FirstKeys, FoundUser, Rotation, SignedHandle, StoredStatement, StoredVault } from './key-chain.js';

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

interface StatementRow extends Omit<StoredStatement, 'previousSignature'> {
  readonly previousSignature: Uint8Array | null;
}

const COLUMNS =
  's.user_id AS "userId", s.version, s.keys_hash AS "keysHash", s.statement, s.signature, s.previous_signature AS "previousSignature"';
const NEWEST = 'key_heads h JOIN key_statements s ON s.user_id = h.user_id AND s.version = h.version';
const STATEMENTS_OF_USER = `SELECT ${COLUMNS} FROM key_statements s WHERE s.user_id = $1::uuid`;

/** $1 users. Hashes as hexadecimal text. */
export const FIND_HEADS = {
  name: 'keys-heads',
  text: `SELECT user_id AS "userId", encode(keys_hash, 'hex') AS "keysHash" FROM key_heads WHERE user_id = ANY($1::uuid[])`,
};
/** $1 users */
export const FIND_NEWEST_OF = {
  name: 'keys-newest-of',
  text: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE h.user_id = ANY($1::uuid[])`,
};
/** $1 loginId */
export const FIND_USER = {
  name: 'keys-user',
  text: `SELECT ${COLUMNS}, a.login_id AS "loginId", a.handle_signature AS "handleSignature", a.key_version AS "handleKeyVersion"
           FROM ${NEWEST} JOIN handles a ON a.user_id = h.user_id WHERE a.login_id = $1`,
};
/** $1 user */
const FIND_NEWEST = { name: 'keys-newest', text: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE h.user_id = $1::uuid` };
/** $1 user, $2 version */
const FIND_VERSION = { name: 'keys-version', text: `${STATEMENTS_OF_USER} AND s.version = $2::int` };
/** $1 user, $2 the version before, $3 how many at most */
const FIND_CHAIN = {
  name: 'keys-chain',
  text: `${STATEMENTS_OF_USER} AND s.version > $2::int ORDER BY s.version LIMIT $3::int`,
};
/** $1 user, $2 hash */
const FIND_BY_HASH = { name: 'keys-by-hash', text: `${STATEMENTS_OF_USER} AND s.keys_hash = $2` };
/** $1 user, $2 to $4 bytes of keys */
const FIND_CONTAINING = {
  name: 'keys-containing',
  text: `${STATEMENTS_OF_USER}
           AND (position($2::bytea IN statement) > 0 OR position($3::bytea IN statement) > 0
             OR position($4::bytea IN statement) > 0)`,
};
/** $1 user. On its own: a join would, after waiting for the lock, still show the statement of before the wait. */
const LOCK_HEAD = {
  name: 'keys-lock-head',
  text: 'SELECT 1 AS locked FROM key_heads WHERE user_id = $1::uuid FOR UPDATE',
};
/** $1 user */
const FIND_HEAD_AND_VAULT = {
  name: 'keys-head-and-vault',
  text: `SELECT ${COLUMNS}, v.vault_version AS "vaultVersion"
           FROM ${NEWEST} JOIN vaults v ON v.user_id = h.user_id WHERE h.user_id = $1::uuid`,
};

function toStatement({ userId, version, keysHash, statement, signature, previousSignature }: StatementRow) {
  const signed = { userId, version, keysHash, statement, signature };
  return previousSignature === null ? signed : { ...signed, previousSignature };
}

/** Statements, heads, handles and vaults. Times are Unix milliseconds. */
@Injectable()
export class KeyStatementsRepository {
  constructor(private readonly database: Database) {}

  async findUser(loginId: string): Promise<FoundUser | null> {
    const [row] = await rowsOf<StatementRow & SignedHandle & { handleKeyVersion: number }>(this.database, FIND_USER, [
      loginId,
    ]);
    if (row === undefined) return null;
    const { userId, handleSignature, handleKeyVersion: keyVersion } = row;
    return { userId, loginId: row.loginId, handleSignature, keyVersion, keys: toStatement(row) };
  }

  /** In no particular order; users that do not exist, or no more, are missing. */
  async findHandles(userIds: readonly string[]): Promise<SignedHandle[]> {
    const handles = await this.database.prisma.handle.findMany({ where: { userId: { in: [...userIds] } } });
    return handles.map(fromRow).map(({ userId, loginId, handleSignature, keyVersion }) => {
      return { userId, loginId, handleSignature, keyVersion };
    });
  }

  async findUserId(loginId: string): Promise<string | null> {
    const handle = await this.database.prisma.handle.findUnique({ where: { loginId }, select: { userId: true } });
    return handle?.userId ?? null;
  }

  async findLoginId(userId: string): Promise<string | null> {
    const handle = await this.database.prisma.handle.findUnique({ where: { userId }, select: { loginId: true } });
    return handle?.loginId ?? null;
  }

  /** Reads the loginId within the transaction. */
  async findLoginIdIn(tx: Transaction, userId: string): Promise<string | null> {
    const handle = await prismaOf(tx).handle.findUnique({ where: { userId }, select: { loginId: true } });
    return handle?.loginId ?? null;
  }

  /** Reads the newest statement within the transaction. */
  findNewest(tx: Transaction, userId: string): Promise<StoredStatement | null> {
    return this.findOne(tx, FIND_NEWEST, [userId]);
  }

  /** False where the loginId is taken: then the transaction must not be committed. Only under the lock of the head. */
  async moveHandle(tx: Transaction, handle: SignedHandle, now: number): Promise<boolean> {
    const prisma = prismaOf(tx);
    const { userId, loginId, handleSignature, keyVersion } = handle;
    // Not an UPDATE: a violation of its unique loginId would abort the transaction. Skipping duplicates waits for who
    // else inserts it.
    await prisma.handle.deleteMany({ where: { userId } });
    const row = toRow({ userId, loginId, handleSignature, keyVersion, createdAt: now });
    const { count } = await prisma.handle.createMany({ data: [row], skipDuplicates: true });
    return count === 1;
  }

  /** False where the user has another loginId: then nothing was changed. Only under the lock of the head. */
  async signHandleAnew(tx: Transaction, handle: SignedHandle): Promise<boolean> {
    const { userId, loginId, handleSignature, keyVersion } = handle;
    const { count } = await prismaOf(tx).handle.updateMany({
      where: { userId, loginId },
      data: toRow({ handleSignature, keyVersion }),
    });
    return count === 1;
  }

  /** The hash of the newest statement of each user, in no particular order; users that do not exist are missing. */
  findHeads(userIds: readonly string[]): Promise<KeyHeadHash[]> {
    return rowsOf<KeyHeadHash>(this.database, FIND_HEADS, [plainArray(userIds)]);
  }

  /** In no particular order; users that do not exist are missing. */
  findNewestOf(userIds: readonly string[]): Promise<StoredStatement[]> {
    return this.findAll(this.database, FIND_NEWEST_OF, [plainArray(userIds)]);
  }

  findVersion(userId: string, version: number): Promise<StoredStatement | null> {
    return this.findOne(this.database, FIND_VERSION, [userId, version]);
  }

  /** Versions behind `after`, ascending, at most `limit`. */
  findChain(userId: string, after: number, limit: number): Promise<StoredStatement[]> {
    return this.findAll(this.database, FIND_CHAIN, [userId, after, limit]);
  }

  async findVault(userId: string): Promise<StoredVault | null> {
    const row = await this.database.prisma.vault.findUnique({ where: { userId } });
    if (row === null) return null;
    const { vault, vaultVersion, keyVersion } = fromRow(row);
    return { vault, vaultVersion, keyVersion };
  }

  /** What the user's keys and vault are built upon from now to the end of the transaction: nobody else changes them. */
  async lockHead(tx: Transaction, userId: string): Promise<LockedHead | null> {
    await rowsOf(tx, LOCK_HEAD, [userId]);
    const [row] = await rowsOf<StatementRow & { vaultVersion: number }>(tx, FIND_HEAD_AND_VAULT, [userId]);
    return row === undefined ? null : { statement: toStatement(row), vaultVersion: row.vaultVersion };
  }

  /**
   * Removes the user's handle and vault. Statements and head stay for ever; nobody changes them any more, for want of a
   * vault. Whoever is rotating the keys is waited for.
   */
  async erase(tx: Transaction, userId: string): Promise<void> {
    const prisma = prismaOf(tx);
    await rowsOf(tx, LOCK_HEAD, [userId]);
    await prisma.handle.deleteMany({ where: { userId } });
    await prisma.vault.deleteMany({ where: { userId } });
  }

  /** Finds the version with this hash, whichever it is. */
  findByHash(tx: Transaction, userId: string, keysHash: Uint8Array): Promise<StoredStatement | null> {
    return this.findOne(tx, FIND_BY_HASH, [userId, keysHash]);
  }

  /** Finds the statements that contain the bytes of one of the keys: few or none, however long the chain is. */
  findContaining(tx: Transaction, userId: string, keys: PublicKeys): Promise<StoredStatement[]> {
    const { signingPublicKey, boxPublicKey, kemPublicKey } = keys;
    return this.findAll(tx, FIND_CONTAINING, [userId, signingPublicKey, boxPublicKey, kemPublicKey]);
  }

  /** Stores a new user's keys, unless a unique value is taken; then the transaction stays usable. */
  async insertFirst(tx: Transaction, first: FirstKeys, now: number): Promise<Installation> {
    const prisma = prismaOf(tx);
    const { userId, loginId, statement, keysHash, handleSignature } = first;
    // Skipping duplicates waits for who else inserts them, and does not abort the transaction as a violation would.
    // Heads outlive accounts, so that a userId is never used again.
    const head = toRow({ userId, version: statement.version, keysHash, createdAt: now });
    const heads = await prisma.keyHead.createMany({ data: [head], skipDuplicates: true });
    if (heads.count === 0) return 'user-id-taken';
    const handle = toRow({ loginId, userId, handleSignature, keyVersion: statement.version, createdAt: now });
    const handles = await prisma.handle.createMany({ data: [handle], skipDuplicates: true });
    if (handles.count === 0) return 'login-id-taken';
    await this.insertStatement(tx, statement, now);
    const vault = { userId, vaultVersion: 1, keyVersion: statement.version, vault: first.vault, updatedAt: now };
    await prisma.vault.create({ data: toRow(vault) });
    return 'installed';
  }

  /** Appends a version. Only under the lock of the head, and only for what was verified against it. */
  async append(tx: Transaction, rotation: Rotation, now: number): Promise<void> {
    const prisma = prismaOf(tx);
    const { userId, version, keysHash } = rotation.statement;
    const { vault, vaultVersion } = rotation;
    await this.insertStatement(tx, rotation.statement, now);
    await prisma.keyHead.update({ where: { userId }, data: toRow({ version, keysHash, createdAt: now }) });
    const data = toRow({ vault, vaultVersion, keyVersion: version, updatedAt: now });
    await prisma.vault.update({ where: { userId }, data });
  }

  private async findAll(
    executor: Database | Transaction,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<StoredStatement[]> {
    return (await rowsOf<StatementRow>(executor, statement, values)).map(toStatement);
  }

  private async findOne(
    executor: Database | Transaction,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<StoredStatement | null> {
    return (await this.findAll(executor, statement, values))[0] ?? null;
  }

  private async insertStatement(tx: Transaction, stored: StoredStatement, createdAt: number): Promise<void> {
    const { userId, version, keysHash, statement, signature, previousSignature = null } = stored;
    const data = toRow({ userId, version, keysHash, statement, signature, previousSignature, createdAt });
    await prismaOf(tx).keyStatement.create({ data });
  }
}
