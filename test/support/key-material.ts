import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import {
  encodeCommittedBlob,
  encodeKeyStatement,
  encodeVaultContent,
  keysSignatureBytes,
  tag,
  concat,
  UNLOCK_LABEL,
  unlockHeaderBytes,
  VAULT_LABEL,
  vaultHeaderBytes,
} from '@sealpost/protocol';
import type { KeySeeds, KeyStatement } from '@sealpost/protocol';

/**
 * A client's keys, made straight from libsodium and the byte layouts, without the SDK: so that tests of the server can
 * say what the SDK never would, and tests of the SDK have something else to be compared with.
 */
await sodium.ready;

export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** One version of a user's keys, with everything secret about it. */
export interface KeyGeneration {
  readonly seeds: KeySeeds;
  readonly statement: KeyStatement;
  readonly statementBytes: Uint8Array;
  readonly keysHash: Uint8Array;
  readonly signature: Uint8Array;
  readonly previousSignature: Uint8Array | undefined;
  readonly signingKey: SigningKey;
  readonly boxKeys: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array };
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );
}

export function signingKeyOf(seed: Uint8Array): SigningKey {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, sign: (message) => sodium.crypto_sign_detached(message, privateKey) };
}

export interface GenerationOptions {
  readonly serviceId: string;
  readonly userId: string;
  readonly previous?: KeyGeneration;
  readonly createdAt?: number;
  /** What the statement is to say otherwise than it should. */
  readonly statement?: Partial<KeyStatement>;
}

/** Version 1, or the version after `previous`, from fresh seeds. */
export function makeGeneration(options: GenerationOptions): KeyGeneration {
  const { previous } = options;
  const version = (previous?.statement.version ?? 0) + 1;
  const seeds = { version, signSeed: seed(), boxSeed: seed(), kemSeed: seed() };
  const signingKey = signingKeyOf(seeds.signSeed);
  const boxKeys = sodium.crypto_box_seed_keypair(seeds.boxSeed);
  const statement: KeyStatement = {
    serviceId: options.serviceId,
    userId: options.userId,
    version,
    signingPublicKey: signingKey.publicKey,
    boxPublicKey: boxKeys.publicKey,
    kemPublicKey: sodium.crypto_kem_xwing_seed_keypair(seeds.kemSeed).publicKey,
    createdAt: options.createdAt ?? Math.max(Date.now(), (previous?.statement.createdAt ?? 0) + 1),
    recovery: false,
    earlierKeysCompromised: false,
    previousKeysHash: previous?.keysHash ?? new Uint8Array(32),
    entries: [],
    ...options.statement,
  };
  const statementBytes = encodeKeyStatement(statement);
  const keysHash = sha256(statementBytes);
  const toSign = keysSignatureBytes(keysHash);
  return {
    seeds,
    statement,
    statementBytes,
    keysHash,
    signature: signingKey.sign(toSign),
    previousSignature: statement.recovery ? undefined : previous?.signingKey.sign(toSign),
    signingKey,
    boxKeys,
  };
}

export interface Owner {
  readonly serviceId: string;
  readonly userId: string;
}

/** The vault of these generations (section 6). */
export function sealVault(
  owner: Owner,
  vaultKey: Uint8Array,
  vaultVersion: number,
  generations: readonly KeyGeneration[],
): Uint8Array {
  const newest = generations.at(-1);
  if (newest === undefined) throw new Error('A vault holds at least one generation');
  const keyVersion = newest.statement.version;
  const header = vaultHeaderBytes({ ...owner, vaultVersion, keyVersion, keysHash: newest.keysHash });
  const content = encodeVaultContent({ keys: generations.map(({ seeds }) => seeds), records: [] });
  return sealCommitted(vaultKey, VAULT_LABEL, header, content);
}

/** The vault key under a key of the password's or the recovery words' (section 6). */
export function sealUnlock(
  header: Parameters<typeof unlockHeaderBytes>[0],
  wrapKey: Uint8Array,
  vaultKey: Uint8Array,
): Uint8Array {
  return sealCommitted(wrapKey, UNLOCK_LABEL, unlockHeaderBytes(header), vaultKey);
}

function sealCommitted(key: Uint8Array, label: string, header: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(24);
  const derived = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(32), concat(tag(label), nonce), 64));
  const [encryptionKey, commit] = [derived.subarray(0, 32), derived.subarray(32)];
  const ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    plaintext,
    concat(header, commit),
    null,
    nonce,
    encryptionKey,
  );
  return encodeCommittedBlob({ nonce, commit, ciphertext });
}

export function seed(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}
