import {
  encodeBase64Url,
  ProtocolError,
  requireBase64Url,
  type EscrowExportJson,
  type KeySeeds,
  type SignedStatementJson,
} from '@sealpost/protocol';
import { verifyChain, type KeyChain } from '../trust/chain.js';
import { KeysRefused } from '../trust/contact-errors.js';
import { signedStatementOf } from '../trust/chain-pin.js';
import { verifyHandle } from '../trust/handles.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { escrowFingerprint, escrowPublicKey, openEscrow } from '../crypto/escrow.js';
import { randomBytes } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import { base64Url, integer, listOf, objectOf, oneOf, optional, text } from '../http/json-shape.js';
import { openOwnVault } from '../keys/vault-box.js';

/** What the holder of an escrow keeps, and what goes out into the world. */
export interface EscrowKey {
  /** Secret: whoever has it opens every account in this escrow. */
  readonly seed: Uint8Array;
  /** base64url, for SEALPOST_ESCROW_PUBLIC_KEY. */
  readonly publicKey: string;
  /** base64url, for the configuration of applications; people may compare it. */
  readonly fingerprint: string;
}

/** An account, opened. Everything in it is secret. */
export interface OpenedEscrow {
  readonly serviceId: string;
  readonly userId: string;
  readonly loginId: string;
  readonly vaultKey: Uint8Array;
  /** The seeds of every key version in the vault, ascending: they open what was sent to these versions. */
  readonly keys: readonly KeySeeds[];
}

/** A new escrow key. Needs no network. */
export async function newEscrowKey(): Promise<EscrowKey> {
  await loadSodium();
  return escrowKeyOf(randomBytes(32));
}

/** @param seed 32 bytes. Call newEscrowKey() or openEscrowExport() before, or await loadSodium() */
export function escrowKeyOf(seed: Uint8Array): EscrowKey {
  const publicKey = escrowPublicKey(seed);
  return {
    seed,
    publicKey: encodeBase64Url(publicKey),
    fingerprint: encodeBase64Url(escrowFingerprint(publicKey)),
  };
}

const exportShape = objectOf<EscrowExportJson>({
  format: oneOf(['sealpost-escrow-export/1']),
  serviceId: text,
  userId: text,
  loginId: text,
  handleSignature: base64Url,
  handleKeyVersion: integer,
  escrow: objectOf<EscrowExportJson['escrow']>({ fingerprint: base64Url, unlock: base64Url }),
  vault: base64Url,
  vaultVersion: integer,
  keyVersion: integer,
  statements: listOf(
    objectOf<SignedStatementJson>({
      statement: base64Url,
      signature: base64Url,
      previousSignature: optional(base64Url),
    }),
  ),
});

/**
 * Opens an account from an export of its server's, with the escrow key and nothing else; needs no network. The key
 * statements are verified, the loginId by its owner's signature, and every seed is held against the statements: what is
 * returned are the own keys of the account of this name.
 * @param json the parsed export, from a server that is not trusted
 * @param seed of the escrow key, 32 bytes
 * @throws ClientError `escrow.export-refused`
 */
export async function openEscrowExport(json: unknown, seed: Uint8Array): Promise<OpenedEscrow> {
  await loadSodium();
  const exported = shaped(json);
  if (exported.escrow.fingerprint !== escrowKeyOf(seed).fingerprint) {
    throw refused(`It is for another escrow key, with the fingerprint ${exported.escrow.fingerprint}`);
  }
  try {
    const { serviceId, userId, loginId } = exported;
    const chain = chainOf(exported);
    // Otherwise the server could hand out another account in this escrow under the name that was asked for.
    const handleSignature = requireBase64Url(exported.handleSignature, 'handleSignature');
    verifyHandle(chain, { loginId, handleSignature, handleKeyVersion: exported.handleKeyVersion });
    const vaultKey = openEscrow(seed, { serviceId, userId }, requireBase64Url(exported.escrow.unlock, 'unlock'));
    const { content } = orWipe(vaultKey, () => openOwnVault(vaultKey, exported, chain, 0));
    return { serviceId, userId, loginId, vaultKey, keys: content.keys };
  } catch (cause) {
    const kinds = [CryptoRefused, ProtocolError, KeysRefused, ClientError];
    if (cause instanceof Error && kinds.some((kind) => cause instanceof kind)) throw refused(cause.message, cause);
    throw cause;
  }
}

/** Nobody gets the secret where the work fails. */
function orWipe<T>(secret: Uint8Array, work: () => T): T {
  try {
    return work();
  } catch (error) {
    wipe(secret);
    throw error;
  }
}

function shaped(json: unknown): EscrowExportJson {
  try {
    return exportShape(json, '');
  } catch (cause) {
    throw refused('It is not a file of "npm run admin -- escrow-export"', cause);
  }
}

function chainOf({ serviceId, userId, statements }: EscrowExportJson): KeyChain {
  return verifyChain({ serviceId, userId }, statements.map(signedStatementOf));
}

function refused(reason: string, cause?: unknown): ClientError {
  return new ClientError('escrow.export-refused', `The export cannot be opened. ${reason}`, { cause });
}
