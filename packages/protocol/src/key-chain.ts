import { equalBytes, isZero } from './bytes.js';
import { ProtocolError, type ProtocolReason } from './errors.js';
import { decodeKeyStatement, keysSignatureBytes, type KeyStatement, type PublicKeys } from './key-statement.js';
import { checkX25519PublicKey, type KeyRefusal } from './x25519.js';

/** A key statement as it travels: the signed bytes and their signatures. */
export interface SignedStatement {
  readonly statement: Uint8Array;
  readonly signature: Uint8Array;
  /** By the previous version's signing key; absent at version 1 and with the recovery flag. */
  readonly previousSignature?: Uint8Array;
}

/** A statement whose form, keys, place in the chain and signatures were checked. */
export interface VerifiedStatement extends KeyStatement, SignedStatement {
  readonly keysHash: Uint8Array;
}

/** The few primitives that the rules need; server and SDK each bring libsodium's. */
export interface StatementPrimitives {
  sha256(bytes: Uint8Array): Uint8Array;
  /** False for wrong lengths, too. */
  verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  checkEd25519PublicKey(key: Uint8Array): KeyRefusal | null;
  checkXWingPublicKey(key: Uint8Array): KeyRefusal | null;
}

export type StatementField = 'statement' | 'signature' | 'previousSignature';

/** The rules of section 5 that a statement can break. */
export const STATEMENT_FAULTS = [
  'malformed',
  'invalid-key',
  'wrong-service',
  'wrong-user',
  'wrong-version',
  'wrong-previous-hash',
  'recovery-flag',
  'not-later',
  'reused-key',
  'wrong-signature',
  'wrong-previous-signature',
] as const;

type StatementFault = (typeof STATEMENT_FAULTS)[number];

/** Why a statement is refused. `field` is the member of SignedStatement, `member` that of the decoded statement. */
export type StatementRefusal = {
  readonly field: StatementField;
  readonly member?: string;
} & (
  | { readonly reason: 'malformed'; readonly cause: ProtocolReason }
  | { readonly reason: 'invalid-key'; readonly cause: KeyRefusal }
  | { readonly reason: Exclude<StatementFault, 'malformed' | 'invalid-key'> }
);

export type StatementVerdict =
  | { readonly ok: true; readonly statement: VerifiedStatement }
  | { readonly ok: false; readonly refusal: StatementRefusal };

/** What a statement is held against. */
export interface ChainContext {
  readonly serviceId: string;
  readonly userId: string;
  /** The verified version n−1; null exactly for version 1. */
  readonly previous: VerifiedStatement | null;
  /** Keys of all earlier versions, none of which may come back. */
  readonly earlier: readonly PublicKeys[];
}

/**
 * Whether a statement begins the chain anew (section 5): the newest one that does is the user's root. A key before it may
 * be in the hands of somebody else, so that nothing that it signs proves the user any more.
 */
export function isRootStatement({
  version,
  recovery,
  earlierKeysCompromised,
}: Pick<KeyStatement, 'version' | 'recovery' | 'earlierKeysCompromised'>): boolean {
  return version === 1 || recovery || earlierKeysCompromised;
}

const refuse = (refusal: StatementRefusal): StatementVerdict => ({ ok: false, refusal });

/**
 * The rules of section 5 for one statement on top of its predecessor, but for the clock, which only the server asks.
 * Cheap checks come first. Never throws for bad input.
 */
export function verifyKeyStatement(
  signed: SignedStatement,
  context: ChainContext,
  primitives: StatementPrimitives,
): StatementVerdict {
  let statement: KeyStatement;
  try {
    statement = decodeKeyStatement(signed.statement);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refuse({ field: 'statement', member: error.field, reason: 'malformed', cause: error.reason });
  }
  const refusal =
    checkPlace(statement, signed, context) ??
    checkKeys(statement, context.earlier, primitives) ??
    checkSignatures(statement, signed, context.previous, primitives);
  if (refusal !== null) return refuse(refusal);
  return { ok: true, statement: { ...statement, ...signed, keysHash: primitives.sha256(signed.statement) } };
}

function checkPlace(statement: KeyStatement, signed: SignedStatement, context: ChainContext): StatementRefusal | null {
  const { previous } = context;
  const at = (member: string, reason: 'wrong-service' | 'wrong-user' | 'wrong-version' | 'wrong-previous-hash') =>
    ({ field: 'statement', member, reason }) as const;
  if (statement.serviceId !== context.serviceId) return at('serviceId', 'wrong-service');
  if (statement.userId !== context.userId) return at('userId', 'wrong-user');
  if (statement.version !== (previous?.version ?? 0) + 1) return at('version', 'wrong-version');
  const linked =
    previous === null ? isZero(statement.previousKeysHash) : equalBytes(statement.previousKeysHash, previous.keysHash);
  if (!linked) return at('previousKeysHash', 'wrong-previous-hash');
  // Bit 0 is set exactly when version > 1 and there is no previousSignature.
  const unsignedByPrevious = statement.version > 1 && signed.previousSignature === undefined;
  if (statement.recovery !== unsignedByPrevious || (previous === null && signed.previousSignature !== undefined)) {
    return { field: 'statement', member: 'flags', reason: 'recovery-flag' };
  }
  if (previous !== null && statement.createdAt <= previous.createdAt) {
    return { field: 'statement', member: 'createdAt', reason: 'not-later' };
  }
  return null;
}

function checkKeys(
  keys: PublicKeys,
  earlier: readonly PublicKeys[],
  primitives: StatementPrimitives,
): StatementRefusal | null {
  for (const member of ['signingPublicKey', 'boxPublicKey', 'kemPublicKey'] as const) {
    if (earlier.some((old) => equalBytes(old[member], keys[member]))) {
      return { field: 'statement', member, reason: 'reused-key' };
    }
  }
  const checks = [
    ['boxPublicKey', checkX25519PublicKey(keys.boxPublicKey)],
    ['signingPublicKey', primitives.checkEd25519PublicKey(keys.signingPublicKey)],
    ['kemPublicKey', primitives.checkXWingPublicKey(keys.kemPublicKey)],
  ] as const;
  for (const [member, cause] of checks) {
    if (cause !== null) return { field: 'statement', member, reason: 'invalid-key', cause };
  }
  return null;
}

function checkSignatures(
  statement: KeyStatement,
  signed: SignedStatement,
  previous: VerifiedStatement | null,
  primitives: StatementPrimitives,
): StatementRefusal | null {
  const message = keysSignatureBytes(primitives.sha256(signed.statement));
  const holds = (signature: Uint8Array, key: Uint8Array): boolean =>
    primitives.verifySignature(signature, message, key);
  if (!holds(signed.signature, statement.signingPublicKey)) return { field: 'signature', reason: 'wrong-signature' };
  if (previous !== null && signed.previousSignature !== undefined) {
    if (!holds(signed.previousSignature, previous.signingPublicKey)) {
      return { field: 'previousSignature', reason: 'wrong-previous-signature' };
    }
  }
  return null;
}
