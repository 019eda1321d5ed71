import { Injectable } from '@nestjs/common';
import type { PublicKeys } from '@sealpost/protocol';
import { Database, fromRow, plainArray, prismaOf, toRow, type Transaction } from '../../core/database/index.js';
import type { FirstKeys, FoundUser, Rotation, SignedHandle, StoredStatement, StoredVault } from './key-chain.js';
import {
  type Installation,
  type KeyHeadHash,
  KeyStatementsRepository,
  type LockedHead,
} from './key-statements.repository.js';
import * as sql from './key-statements.sql.js';

interface StatementRow {
  readonly user_id: string;
  readonly version: number;
  readonly keys_hash: Uint8Array;
  readonly statement: Uint8Array;
  readonly signature: Uint8Array;
  readonly previous_signature: Uint8Array | null;
}

interface UserRow extends StatementRow {
  readonly login_id: string;
  readonly handle_signature: Uint8Array;
  readonly handle_key_version: number;
}

/** Both clients answer with Buffers, which the byte readers of the protocol are not made for. */
function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value);
}

function toStatement(row: StatementRow): StoredStatement {
  return {
    userId: row.user_id,
    version: row.version,
    keysHash: bytes(row.keys_hash),
    statement: bytes(row.statement),
    signature: bytes(row.signature),
    ...(row.previous_signature === null ? {} : { previousSignature: bytes(row.previous_signature) }),
  };
}

@Injectable()
export class PrismaKeyStatementsRepository extends KeyStatementsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async findUser(loginId: string): Promise<FoundUser | null> {
    const { rows } = await this.database.pool.query<UserRow>({ ...sql.FIND_USER, values: [loginId] });
    const row = rows[0];
    if (row === undefined) return null;
    return {
      userId: row.user_id,
      loginId: row.login_id,
      handleSignature: bytes(row.handle_signature),
      keyVersion: row.handle_key_version,
      keys: toStatement(row),
    };
  }

  override async findHandles(userIds: readonly string[]): Promise<SignedHandle[]> {
    const handles = await this.database.prisma.handle.findMany({ where: { userId: { in: [...userIds] } } });
    return handles.map(fromRow).map(({ userId, loginId, handleSignature, keyVersion }) => {
      return { userId, loginId, handleSignature, keyVersion };
    });
  }

  override async findUserId(loginId: string): Promise<string | null> {
    const handle = await this.database.prisma.handle.findUnique({ where: { loginId }, select: { userId: true } });
    return handle?.userId ?? null;
  }

  override async findLoginId(userId: string): Promise<string | null> {
    const handle = await this.database.prisma.handle.findUnique({ where: { userId }, select: { loginId: true } });
    return handle?.loginId ?? null;
  }

  override async findLoginIdIn(tx: Transaction, userId: string): Promise<string | null> {
    const handle = await prismaOf(tx).handle.findUnique({ where: { userId }, select: { loginId: true } });
    return handle?.loginId ?? null;
  }

  override async findNewest(tx: Transaction, userId: string): Promise<StoredStatement | null> {
    const rows = await prismaOf(tx).$queryRaw<StatementRow[]>`
      SELECT s.user_id, s.version, s.keys_hash, s.statement, s.signature, s.previous_signature
        FROM key_heads h
        JOIN key_statements s ON s.user_id = h.user_id AND s.version = h.version
       WHERE h.user_id = ${userId}::uuid`;
    return rows[0] === undefined ? null : toStatement(rows[0]);
  }

  override async moveHandle(tx: Transaction, handle: SignedHandle, now: number): Promise<boolean> {
    const prisma = prismaOf(tx);
    const { userId, loginId, handleSignature, keyVersion } = handle;
    // Not an UPDATE: a violation of its unique loginId would abort the transaction. Skipping duplicates waits for who
    // else inserts it.
    await prisma.handle.deleteMany({ where: { userId } });
    const row = toRow({ userId, loginId, handleSignature, keyVersion, createdAt: now });
    const { count } = await prisma.handle.createMany({ data: [row], skipDuplicates: true });
    return count === 1;
  }

  override async signHandleAnew(tx: Transaction, handle: SignedHandle): Promise<boolean> {
    const { userId, loginId, handleSignature, keyVersion } = handle;
    const { count } = await prismaOf(tx).handle.updateMany({
      where: { userId, loginId },
      data: toRow({ handleSignature, keyVersion }),
    });
    return count === 1;
  }

  override async findHeads(userIds: readonly string[]): Promise<KeyHeadHash[]> {
    const { rows } = await this.database.pool.query<{ user_id: string; keys_hash: string }>({
      ...sql.FIND_HEADS,
      values: [plainArray(userIds)],
    });
    return rows.map((row) => ({ userId: row.user_id, keysHash: row.keys_hash }));
  }

  override async findNewestOf(userIds: readonly string[]): Promise<StoredStatement[]> {
    const { rows } = await this.database.pool.query<StatementRow>({
      ...sql.FIND_NEWEST_OF,
      values: [plainArray(userIds)],
    });
    return rows.map(toStatement);
  }

  override async findVersion(userId: string, version: number): Promise<StoredStatement | null> {
    const rows = await this.database.prisma.$queryRaw<StatementRow[]>`
      SELECT user_id, version, keys_hash, statement, signature, previous_signature
        FROM key_statements WHERE user_id = ${userId}::uuid AND version = ${version}::int`;
    return rows[0] === undefined ? null : toStatement(rows[0]);
  }

  override async findChain(userId: string, from: number, limit: number): Promise<StoredStatement[]> {
    const rows = await this.database.prisma.$queryRaw<StatementRow[]>`
      SELECT user_id, version, keys_hash, statement, signature, previous_signature
        FROM key_statements WHERE user_id = ${userId}::uuid AND version >= ${from}::int
       ORDER BY version LIMIT ${limit}::int`;
    return rows.map(toStatement);
  }

  override async findVault(userId: string): Promise<StoredVault | null> {
    const row = await this.database.prisma.vault.findUnique({ where: { userId } });
    if (row === null) return null;
    const { vault, vaultVersion, keyVersion } = fromRow(row);
    return { vault, vaultVersion, keyVersion };
  }

  override async lockHead(tx: Transaction, userId: string): Promise<LockedHead | null> {
    const prisma = prismaOf(tx);
    // On its own: a join would, after waiting for the lock, still show the statement of before the wait.
    await prisma.$queryRaw`SELECT 1 FROM key_heads WHERE user_id = ${userId}::uuid FOR UPDATE`;
    const rows = await prisma.$queryRaw<(StatementRow & { readonly vault_version: number })[]>`
      SELECT s.user_id, s.version, s.keys_hash, s.statement, s.signature, s.previous_signature, v.vault_version
        FROM key_heads h
        JOIN key_statements s ON s.user_id = h.user_id AND s.version = h.version
        JOIN vaults v ON v.user_id = h.user_id
       WHERE h.user_id = ${userId}::uuid`;
    const row = rows[0];
    return row === undefined ? null : { statement: toStatement(row), vaultVersion: row.vault_version };
  }

  override async erase(tx: Transaction, userId: string): Promise<void> {
    const prisma = prismaOf(tx);
    await prisma.$queryRaw`SELECT 1 FROM key_heads WHERE user_id = ${userId}::uuid FOR UPDATE`;
    await prisma.handle.deleteMany({ where: { userId } });
    await prisma.vault.deleteMany({ where: { userId } });
  }

  override async findByHash(tx: Transaction, userId: string, keysHash: Uint8Array): Promise<StoredStatement | null> {
    const rows = await prismaOf(tx).$queryRaw<StatementRow[]>`
      SELECT user_id, version, keys_hash, statement, signature, previous_signature
        FROM key_statements WHERE user_id = ${userId}::uuid AND keys_hash = ${keysHash}`;
    return rows[0] === undefined ? null : toStatement(rows[0]);
  }

  override async findContaining(tx: Transaction, userId: string, keys: PublicKeys): Promise<StoredStatement[]> {
    const rows = await prismaOf(tx).$queryRaw<StatementRow[]>`
      SELECT user_id, version, keys_hash, statement, signature, previous_signature
        FROM key_statements
       WHERE user_id = ${userId}::uuid
         AND (position(${keys.signingPublicKey}::bytea IN statement) > 0
           OR position(${keys.boxPublicKey}::bytea IN statement) > 0
           OR position(${keys.kemPublicKey}::bytea IN statement) > 0)`;
    return rows.map(toStatement);
  }

  override async insertFirst(tx: Transaction, first: FirstKeys, now: number): Promise<Installation> {
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

  override async append(tx: Transaction, rotation: Rotation, now: number): Promise<void> {
    const prisma = prismaOf(tx);
    const { userId, version, keysHash } = rotation.statement;
    const { vault, vaultVersion } = rotation;
    await this.insertStatement(tx, rotation.statement, now);
    await prisma.keyHead.update({ where: { userId }, data: toRow({ version, keysHash, createdAt: now }) });
    const data = toRow({ vault, vaultVersion, keyVersion: version, updatedAt: now });
    await prisma.vault.update({ where: { userId }, data });
  }

  private async insertStatement(tx: Transaction, stored: StoredStatement, createdAt: number): Promise<void> {
    const { userId, version, keysHash, statement, signature, previousSignature = null } = stored;
    const data = toRow({ userId, version, keysHash, statement, signature, previousSignature, createdAt });
    await prismaOf(tx).keyStatement.create({ data });
  }
}
