import {
  decodeKeyStatement,
  encodeBase64Url,
  equalBytes,
  formatSafetyNumber,
  isRootStatement,
  ProtocolError,
  safetyNumberBytes,
  verifyKeyStatement,
  type SafetyParty,
  type SignedStatement,
  type VerifiedStatement,
} from '@sealpost/protocol';

import { sha512, statementPrimitives } from '../crypto/primitives.js';
import { internal } from '../errors.js';
import {
  CompromisedKeysWarning,
  ConflictingKeysWarning,
  KeysRefused,
  RecoveredKeysWarning,
  type ContactWarning,
} from './contact-errors.js';

/** The verified chain of one user, from version 1 to the newest one seen. */
export interface KeyChain {
  readonly serviceId: string;
  readonly userId: string;
  /** Ascending, contiguous from version 1, never empty. */
  readonly statements: readonly VerifiedStatement[];
  /**
   * Version of the root that the user has accepted: the one at first sight, or a later one after acceptRoot. A newer
   * root blocks the contact (isBlocked) until then.
   */
  readonly acceptedRoot: number;
  /** Where another device of this client's user has pinned other keys: it blocks the contact until the user decides. */
  readonly conflict?: PinConflict;
}

/** Two clients of one user have pinned different statements for one version. Hashes are base64url. */
export interface PinConflict {
  readonly version: number;
  /** In the chain of this client. */
  readonly hash: string;
  readonly others: readonly string[];
  /** True where the user has decided for the other one. */
  readonly decided: boolean;
}

/** Whose chain it is. */
export interface ChainOwner {
  readonly serviceId: string;
  readonly userId: string;
}

/**
 * Verifies a whole chain at first sight, from version 1. Every rule of section 5 but the clock is applied to every
 * statement, before and after the root: the statements before the root are linked to it by prevKeysHash, and full checks
 * refuse nothing that an honest server has ever accepted.
 * @param statements ascending from version 1
 */
export function verifyChain(owner: ChainOwner, statements: readonly SignedStatement[]): KeyChain {
  const verified = appendVerified(owner, [], statements);
  if (verified.length === 0) throw new KeysRefused('contact.incomplete', owner.userId);
  return { ...owner, statements: verified, acceptedRoot: rootOf({ statements: verified }).version };
}

/**
 * Extends a pinned chain by what the server shows now, in ascending order; it may overlap what is pinned.
 * Throws KeysRefused: `contact.fork` for another statement at a pinned version, `contact.incomplete` where versions are
 * missing between (fetch from newestOf(chain).version + 1), `contact.rollback`, `contact.statement-refused`.
 * @param options.complete the last statement is the newest that the server has: one below the pinned newest is a rollback
 * @returns the same object where there is nothing new
 */
export function extendChain(
  chain: KeyChain,
  statements: readonly SignedStatement[],
  options: { readonly complete?: boolean } = {},
): KeyChain {
  const { userId } = chain;
  const fresh: SignedStatement[] = [];
  let newest = 0;
  for (const signed of statements) {
    newest = versionOf(signed, userId);
    const pinned = statementAt(chain, newest);
    if (pinned === undefined) fresh.push(signed);
    else if (!equalBytes(pinned.statement, signed.statement))
      throw new KeysRefused('contact.fork', userId, { version: newest });
  }
  if (options.complete === true && newest < newestOf(chain).version) {
    throw new KeysRefused('contact.rollback', userId, { version: newest });
  }
  if (fresh.length === 0) return chain;
  return { ...chain, statements: appendVerified(chain, chain.statements, fresh) };
}

function versionOf(signed: SignedStatement, userId: string): number {
  try {
    return decodeKeyStatement(signed.statement).version;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const refusal = { field: 'statement', member: error.field, reason: 'malformed', cause: error.reason } as const;
    throw new KeysRefused('contact.statement-refused', userId, { refusal });
  }
}

function appendVerified(
  owner: ChainOwner,
  known: readonly VerifiedStatement[],
  added: readonly SignedStatement[],
): readonly VerifiedStatement[] {
  const { serviceId, userId } = owner;
  const statements = [...known];
  for (const signed of added) {
    const version = versionOf(signed, userId);
    if (version > statements.length + 1) throw new KeysRefused('contact.incomplete', userId, { version });
    const context = { serviceId, userId, previous: statements.at(-1) ?? null, earlier: statements };
    const verdict = verifyKeyStatement(signed, context, statementPrimitives);
    if (!verdict.ok) throw new KeysRefused('contact.statement-refused', userId, { version, refusal: verdict.refusal });
    statements.push(verdict.statement);
  }
  return statements;
}

/** The statement of a version that the chain contains. */
export function statementAt(chain: KeyChain, version: number): VerifiedStatement | undefined {
  return chain.statements[version - 1];
}

export function newestOf(chain: KeyChain): VerifiedStatement {
  return present(chain.statements.at(-1));
}

/** The newest statement that begins the chain anew: what safety numbers compare (sections 5 and 7). */
export function rootOf(chain: Pick<KeyChain, 'statements'>): VerifiedStatement {
  return present(chain.statements.findLast(isRootStatement));
}

function present(statement: VerifiedStatement | undefined): VerifiedStatement {
  if (statement === undefined) throw internal('A key chain is never empty');
  return statement;
}

/** True for a version whose user has since declared it compromised (flag bit 1 of a later statement). */
export function isCompromised(chain: KeyChain, version: number): boolean {
  return chain.statements.some((statement) => statement.version > version && statement.earlierKeysCompromised);
}

/** True while the user has not accepted the newest root: a blocking, visible warning (section 5, bits 0 and 1). */
export function isBlocked(chain: KeyChain): boolean {
  return rootOf(chain).version !== chain.acceptedRoot;
}

/** Whether keys were replaced without the old ones' signature since the root that the user has accepted. */
export function wasRecovered(chain: KeyChain): boolean {
  return chain.statements.some(({ version, recovery }) => recovery && version > chain.acceptedRoot);
}

/** The chain with its newest root accepted, after the user was warned. */
export function acceptRoot(chain: KeyChain): KeyChain {
  return { ...chain, acceptedRoot: rootOf(chain).version };
}

/** What blocks a chain: other devices contradict it, or its newest root was not accepted. null: nothing. */
export function warningOf(chain: KeyChain): ContactWarning | null {
  const { userId, conflict } = chain;
  if (conflict !== undefined) {
    return new ConflictingKeysWarning(userId, conflict.version, conflict.hash, conflict.others);
  }
  if (!isBlocked(chain)) return null;
  const { version, keysHash } = rootOf(chain);
  // A recovery on the way to this root weighs more than what was put on top of it.
  const Warning = wasRecovered(chain) ? RecoveredKeysWarning : CompromisedKeysWarning;
  return new Warning(userId, version, encodeBase64Url(keysHash));
}

/** @throws ContactWarning where the user has to be asked first */
export function requireTrusted(chain: KeyChain): KeyChain {
  const warning = warningOf(chain);
  if (warning !== null) throw warning;
  return chain;
}

/** The safety number of two users (section 7): 12 groups of five digits, the same seen from either side. */
export function safetyNumber(a: KeyChain, b: KeyChain): string {
  return formatSafetyNumber(sha512(safetyNumberBytes(partyOf(a), partyOf(b))));
}

function partyOf(chain: KeyChain): SafetyParty {
  return { userId: chain.userId, rootHash: rootOf(chain).keysHash };
}
