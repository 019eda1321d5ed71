import {
  encodeKeyStatement,
  handleBytes,
  keysSignatureBytes,
  LENGTHS,
  type Handle,
  type KeySeeds,
  type PublicKeys,
  type SignedStatement,
  type VerifiedStatement,
} from '@sealpost/protocol';

import { randomBytes, sha256, sign, signingPublicKey, verifySignature } from './primitives.js';
import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

/** The three private seeds of one key version, 32 bytes each. */
export type UserSeeds = Omit<KeySeeds, 'version'>;

/** New seeds for one key version, each random on its own (section 5). */
export function generateSeeds(): UserSeeds {
  return {
    signSeed: randomBytes(LENGTHS.seed),
    boxSeed: randomBytes(LENGTHS.seed),
    kemSeed: randomBytes(LENGTHS.seed),
  };
}

export function wipeSeeds(seeds: UserSeeds): void {
  wipe(seeds.signSeed, seeds.boxSeed, seeds.kemSeed);
}

/** The public keys of seeds. */
export function publicKeysOf(seeds: UserSeeds): PublicKeys {
  const box = sodium().crypto_box_seed_keypair(seeds.boxSeed);
  const kem = sodium().crypto_kem_xwing_seed_keypair(seeds.kemSeed);
  wipe(box.privateKey, kem.privateKey);
  return {
    signingPublicKey: signingPublicKey(seeds.signSeed),
    boxPublicKey: box.publicKey,
    kemPublicKey: kem.publicKey,
  };
}

export interface NewStatement {
  readonly serviceId: string;
  readonly userId: string;
  /** Seeds of the new version. */
  readonly seeds: UserSeeds;
  /** The newest statement so far; absent for version 1. */
  readonly previous?: VerifiedStatement | undefined;
  /** Seed of the previous signing key. Absent with `previous` present means that it was lost: the recovery flag. */
  readonly previousSignSeed?: Uint8Array | undefined;
  /** The clock, Unix milliseconds. */
  readonly now: number;
  /** Flag bit 1: messages under earlier keys that a client has not accepted yet are to be refused. */
  readonly earlierKeysCompromised?: boolean | undefined;
}

/** The next statement of a chain with its signatures (section 5). Dated max(now, previous + 1). */
export function makeStatement(input: NewStatement): VerifiedStatement {
  const { previous, previousSignSeed, seeds } = input;
  const content = {
    serviceId: input.serviceId,
    userId: input.userId,
    version: (previous?.version ?? 0) + 1,
    ...publicKeysOf(seeds),
    createdAt: Math.max(input.now, (previous?.createdAt ?? -1) + 1),
    recovery: previous !== undefined && previousSignSeed === undefined,
    earlierKeysCompromised: input.earlierKeysCompromised ?? false,
    previousKeysHash: previous?.keysHash ?? new Uint8Array(LENGTHS.hash),
    entries: [],
  };
  const statement = encodeKeyStatement(content);
  const keysHash = sha256(statement);
  return { ...content, keysHash, ...signStatement(statement, keysHash, seeds.signSeed, previousSignSeed) };
}

function signStatement(
  statement: Uint8Array,
  keysHash: Uint8Array,
  signSeed: Uint8Array,
  previousSignSeed: Uint8Array | undefined,
): SignedStatement {
  const message = keysSignatureBytes(keysHash);
  const signature = sign(message, signSeed);
  if (previousSignSeed === undefined) return { statement, signature };
  return { statement, signature, previousSignature: sign(message, previousSignSeed) };
}

/** handleSignature: binds a normalised loginId to a user, by the newest signing key. */
export function signHandle(handle: Handle, signSeed: Uint8Array): Uint8Array {
  return sign(handleBytes(handle), signSeed);
}

/** Verifies a handleSignature against the signing key of the version that it names. */
export function verifyHandleSignature(handle: Handle, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verifySignature(signature, handleBytes(handle), publicKey);
}
