import { Injectable } from '@nestjs/common';
import { Database, fromRow, plainArray, prismaOf, rowsOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';

/** One person or machine that can log in: public keys and wrapped secrets only. */
export interface Account {
  readonly userId: string;
  /** Password suite number (protocol section 2). */
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authPublicKey: Uint8Array;
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly passwordUnlock: Uint8Array;
  readonly recoveryUnlock: Uint8Array;
  /** Counts changes of credentials, from 1. */
  readonly credentialVersion: number;
  readonly createdAt: number;
  readonly disabledAt: number | null;
}

/** What of an account's credentials changes. */
export type NewCredentials = Partial<
  Pick<Account, 'suite' | 'salt' | 'authPublicKey' | 'passwordUnlock' | 'recoveryAuthPublicKey' | 'recoveryUnlock'>
>;

/** `changed`: it has other credentials by now. */
export type AccountStatus = 'enabled' | 'disabled' | 'changed' | 'missing';

/** $1 loginId, $2 the userId that stands in for an unknown one: a row is read either way, at the same cost. */
const FIND_BY_LOGIN_ID = {
  name: 'auth-account-by-login-id',
  text: `
    SELECT h.user_id IS NOT NULL AS known, a.user_id AS "userId", a.suite, a.salt,
           a.auth_public_key AS "authPublicKey", a.recovery_auth_public_key AS "recoveryAuthPublicKey",
           a.password_unlock AS "passwordUnlock", a.recovery_unlock AS "recoveryUnlock",
           a.credential_version AS "credentialVersion", a.created_at AS "createdAt", a.disabled_at AS "disabledAt"
      FROM (VALUES ($1, $2::uuid)) AS asked (login_id, stand_in)
      LEFT JOIN handles h ON h.login_id = asked.login_id
     CROSS JOIN LATERAL (SELECT user_id FROM accounts WHERE user_id >= asked.stand_in ORDER BY user_id LIMIT 1) other
      JOIN accounts a ON a.user_id = coalesce(h.user_id, other.user_id)`,
};

/** $1 suites. One look into the index for each: which is the cheaper, the fewer accounts have another one than the others. */
const FIND_SUITES_IN_USE = {
  name: 'auth-suites-in-use',
  text: `
    SELECT suite FROM unnest($1::smallint[]) AS known (suite)
     WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.suite = known.suite) ORDER BY suite`,
};

/** $1 user. SHARE keeps an UPDATE of the row out, but not another log-in. */
const LOCK_STATUS = {
  name: 'auth-lock-account-status',
  text: `
    SELECT disabled_at AS "disabledAt", credential_version AS "credentialVersion"
      FROM accounts WHERE user_id = $1::uuid FOR SHARE`,
};

/**
 * $1 user. NO KEY, so that rows that refer to the account can be added meanwhile: a rotation adds one while it holds the
 * user's keys, which a change of the loginId waits for.
 */
const LOCK_FOR_NO_KEY_UPDATE = {
  name: 'auth-lock-account-for-no-key-update',
  text: 'SELECT 1 AS locked FROM accounts WHERE user_id = $1::uuid FOR NO KEY UPDATE',
};

/** $1 user */
const LOCK_FOR_KEY_SHARE = {
  name: 'auth-lock-account-for-key-share',
  text: 'SELECT 1 AS locked FROM accounts WHERE user_id = $1::uuid FOR KEY SHARE',
};

/** $1 user */
const LOCK_FOR_UPDATE = {
  name: 'auth-lock-account-for-update',
  text: 'SELECT 1 AS locked FROM accounts WHERE user_id = $1::uuid FOR UPDATE',
};

@Injectable()
export class AccountsRepository {
  constructor(private readonly database: Database) {}

  async find(userId: string): Promise<Account | null> {
    const row = await this.database.prisma.account.findUnique({ where: { userId } });
    return row === null ? null : fromRow(row);
  }

  /**
   * The account of a loginId, for callers who must not learn whether there is one. One statement, which reads the row of
   * an account either way: that of `standIn` or the next one, where nobody has the loginId.
   * @param loginId normalised
   * @param standIn a userId, which need not be anybody's
   */
  async findByLoginId(loginId: string, standIn: string): Promise<Account | null> {
    const [row] = await rowsOf<Account & { known: boolean }>(this.database, FIND_BY_LOGIN_ID, [loginId, standIn]);
    if (row === undefined) return null;
    const { known, ...account } = row;
    return known ? account : null;
  }

  /** Which of these password suites accounts have, ascending. */
  async findSuitesInUse(suites: readonly number[]): Promise<number[]> {
    const rows = await rowsOf<{ suite: number }>(this.database, FIND_SUITES_IN_USE, [plainArray(suites)]);
    return rows.map(({ suite }) => suite);
  }

  /** False where an account of this userId exists; the transaction stays usable. */
  async add(tx: Transaction, account: Account): Promise<boolean> {
    const { count } = await prismaOf(tx).account.createMany({ data: [toRow(account)], skipDuplicates: true });
    return count === 1;
  }

  /** Keeps the account's credentials, and whether it is disabled, as they are until the transaction ends. */
  async lockStatus(tx: Transaction, account: Account): Promise<AccountStatus> {
    const [row] = await rowsOf<Pick<Account, 'disabledAt' | 'credentialVersion'>>(tx, LOCK_STATUS, [account.userId]);
    if (row === undefined) return 'missing';
    if (row.disabledAt !== null) return 'disabled';
    return row.credentialVersion === account.credentialVersion ? 'enabled' : 'changed';
  }

  /** Locks the account for a change of its credentials: waits for everybody who has locked it, and keeps others waiting. */
  async lockForNoKeyUpdate(tx: Transaction, userId: string): Promise<Account | null> {
    await rowsOf(tx, LOCK_FOR_NO_KEY_UPDATE, [userId]);
    const row = await prismaOf(tx).account.findUnique({ where: { userId } });
    return row === null ? null : fromRow(row);
  }

  /** Stores new credentials under the next credentialVersion. Only for an account that the transaction holds. */
  async replaceCredentials(tx: Transaction, held: Account, credentials: NewCredentials): Promise<void> {
    const { userId, credentialVersion } = held;
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, credentialVersion },
      data: { ...toRow(credentials), credentialVersion: credentialVersion + 1 },
    });
    if (count !== 1) throw new Error('Credentials were replaced that the transaction did not hold');
  }

  /** Keeps an account from being erased until the transaction ends, and from nothing else; false where there is none. */
  async lockForKeyShare(tx: Transaction, userId: string): Promise<boolean> {
    return (await rowsOf(tx, LOCK_FOR_KEY_SHARE, [userId])).length === 1;
  }

  /** Waits for everybody who has it locked against erasure, too. Only for an account that the transaction holds. */
  async lockForUpdate(tx: Transaction, userId: string): Promise<void> {
    await rowsOf(tx, LOCK_FOR_UPDATE, [userId]);
  }

  /** Deletes an account that the transaction holds alone, with its history. */
  async erase(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).account.delete({ where: { userId } });
  }

  /** False where it was so already, or where there is no such account. */
  async setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean> {
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, disabledAt: disabledAt === null ? { not: null } : null },
      data: toRow({ disabledAt }),
    });
    return count === 1;
  }
}
