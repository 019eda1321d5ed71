import {
  encodeBase64Url,
  LENGTHS,
  ProtocolError,
  requireBase64Url,
  type VaultContent,
  type VaultJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { newestOf, statementAt, type KeyChain } from '../trust/chain.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { generateSeeds, makeStatement, signHandle, wipeSeeds } from '../crypto/user-keys.js';
import { openVault, sealVault } from '../crypto/vault.js';
import { ClientError } from '../errors.js';
import type { SessionRecord } from '../state/records.js';

/** The user's own private keys, opened, and the chain that they belong to. */
export interface OpenedVault {
  readonly chain: KeyChain;
  readonly content: VaultContent;
  /** The sealed form, base64url, and its version. */
  readonly vault: string;
  readonly vaultVersion: number;
  readonly keyVersion: number;
}

export function vaultKeyOf(session: Pick<SessionRecord, 'vaultKey'>): Uint8Array {
  return requireBase64Url(session.vaultKey, 'vaultKey', LENGTHS.seed);
}

export function sessionRecordOf(sessionId: string, vaultKey: Uint8Array, opened: VaultJson): SessionRecord {
  const { vault, vaultVersion, keyVersion } = opened;
  return { sessionId, vaultKey: encodeBase64Url(vaultKey), vault, vaultVersion, keyVersion };
}

/**
 * Opens a vault that the server showed and holds it against the user's chain.
 * @param least the newest vault version that this client has seen; 0 where it has seen none
 */
export function openOwnVault(vaultKey: Uint8Array, answer: VaultJson, chain: KeyChain, least: number): OpenedVault {
  const { vaultVersion, keyVersion } = answer;
  if (vaultVersion < least) {
    throw new ClientError('vault.rollback', `The server shows vault ${vaultVersion}, though there has been ${least}`);
  }
  const newest = statementAt(chain, keyVersion);
  if (newest === undefined || keyVersion !== newestOf(chain).version) {
    throw new ClientError('vault.rollback', `The vault ends at key version ${keyVersion}, which is not the newest`);
  }
  const { serviceId, userId } = chain;
  const header = { serviceId, userId, vaultVersion, keyVersion, keysHash: newest.keysHash };
  try {
    const blob = requireBase64Url(answer.vault, 'vault');
    const content = openVault(vaultKey, header, blob, chain.statements);
    return { chain, content, vault: answer.vault, vaultVersion, keyVersion };
  } catch (cause) {
    if (!(cause instanceof CryptoRefused || cause instanceof ProtocolError)) throw cause;
    throw new ClientError('vault.refused', `The vault cannot be opened: ${cause.message}`, { cause });
  }
}

/** Whose new keys are made, and what they are sealed under. */
export interface NewKeysInput {
  readonly serviceId: string;
  readonly userId: string;
  readonly loginId: string;
  readonly vaultKey: Uint8Array;
  readonly vaultVersion: number;
  /** The clock, Unix milliseconds. */
  readonly now: number;
  /** The statement that the new keys come after; absent for version 1. */
  readonly previous?: VerifiedStatement | undefined;
  /** The vault that holds the keys of `previous` and before, which sign the new ones. Absent where they are lost. */
  readonly content?: VaultContent | undefined;
  readonly earlierKeysCompromised?: boolean | undefined;
}

export interface NewKeys {
  readonly statement: VerifiedStatement;
  /** Holds the new keys and all earlier ones. */
  readonly vault: Uint8Array;
  /** By the new keys. */
  readonly handleSignature: Uint8Array;
}

/** The next version of all keys, and the vault that belongs to it. */
export function makeKeys(input: NewKeysInput): NewKeys {
  const { serviceId, userId, loginId, vaultVersion, content } = input;
  const { previous, now, earlierKeysCompromised } = input;
  const signing = content?.keys.at(-1);
  if (content !== undefined && signing === undefined) throw new ClientError('vault.refused', 'The vault holds no keys');
  const seeds = generateSeeds();
  const statement = makeStatement({
    ...{ serviceId, userId, seeds, previous, now, earlierKeysCompromised },
    previousSignSeed: signing?.signSeed,
  });
  const { version, keysHash } = statement;
  const header = { serviceId, userId, vaultVersion, keyVersion: version, keysHash };
  const { keys, records } = content ?? { keys: [], records: [] };
  const vault = sealVault(input.vaultKey, header, { keys: [...keys, { version, ...seeds }], records });
  const handleSignature = signHandle({ serviceId, loginId, userId, version }, seeds.signSeed);
  wipeSeeds(seeds);
  return { statement, vault, handleSignature };
}
