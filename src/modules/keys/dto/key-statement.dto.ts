import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { KeyStatementJson, SignedStatementJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  BooleanField,
  encodeBytes,
  IntegerField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Decoded } from '../../../core/http/index.js';
import { asVerified } from '../key-chain.js';
import type { StoredStatement } from '../key-chain.js';

/** Versions and vault versions are stored as 32-bit integers with a sign. */
export const MAX_VERSION = 2 ** 31 - 1;

export class SignedStatementDto implements Decoded<
  SignedStatementJson,
  'statement' | 'signature' | 'previousSignature'
> {
  @Base64UrlField({
    description: 'The signed bytes of the statement (`keys` of the protocol).',
    minLength: 1,
    maxLength: LIMITS.statementBytes,
  })
  readonly statement!: Uint8Array;

  @Base64UrlField({ description: 'By the signing key of this statement.', length: LENGTHS.signature })
  readonly signature!: Uint8Array;

  @Base64UrlField({
    description: 'By the signing key of the version before. Absent in version 1 and after a recovery.',
    length: LENGTHS.signature,
    optional: true,
  })
  readonly previousSignature?: Uint8Array;
}

/** The signed bytes decide; what is repeated of them in clear is for convenience. */
export class KeyStatementView implements KeyStatementJson {
  @UuidField({ description: 'Whose keys these are.' })
  readonly userId: string;

  @IntegerField({ description: 'Counts from 1.', min: 1, max: MAX_VERSION })
  readonly version: number;

  @Base64UrlField({
    description: 'SHA-256 of `statement`: what signatures and messages name this version by.',
    length: LENGTHS.hash,
  })
  readonly keysHash: string;

  @Base64UrlField({
    description: 'The signed bytes of the statement (`keys` of the protocol). Verify these; they decide.',
    minLength: 1,
    maxLength: LIMITS.statementBytes,
  })
  readonly statement: string;

  @Base64UrlField({ description: 'By the signing key of this statement.', length: LENGTHS.signature })
  readonly signature: string;

  @Base64UrlField({
    description: 'By the signing key of the version before. Absent in version 1 and after a recovery.',
    length: LENGTHS.signature,
    optional: true,
  })
  readonly previousSignature?: string;

  @TimeField({ description: 'When the client made the statement.' })
  readonly createdAt: number;

  @BooleanField({ description: 'Flag bit 0: the previous signing key was lost. Clients warn before they go on.' })
  readonly recovery: boolean;

  @BooleanField({ description: 'Flag bit 1: earlier keys are compromised; what arrives late under them is refused.' })
  readonly earlierKeysCompromised: boolean;

  @Base64UrlField({ description: 'keysHash of the version before; zeros in version 1.', length: LENGTHS.hash })
  readonly previousKeysHash: string;

  @Base64UrlField({ description: 'Ed25519.', length: LENGTHS.signingPublicKey })
  readonly signingPublicKey: string;

  @Base64UrlField({ description: 'X25519.', length: LENGTHS.boxPublicKey })
  readonly boxPublicKey: string;

  @Base64UrlField({ description: 'X-Wing (ML-KEM-768 and X25519).', length: LENGTHS.kemPublicKey })
  readonly kemPublicKey: string;

  constructor(stored: StoredStatement) {
    const decoded = asVerified(stored);
    this.userId = decoded.userId;
    this.version = decoded.version;
    this.keysHash = encodeBytes(stored.keysHash);
    this.statement = encodeBytes(stored.statement);
    this.signature = encodeBytes(stored.signature);
    if (stored.previousSignature !== undefined) this.previousSignature = encodeBytes(stored.previousSignature);
    this.createdAt = decoded.createdAt;
    this.recovery = decoded.recovery;
    this.earlierKeysCompromised = decoded.earlierKeysCompromised;
    this.previousKeysHash = encodeBytes(decoded.previousKeysHash);
    this.signingPublicKey = encodeBytes(decoded.signingPublicKey);
    this.boxPublicKey = encodeBytes(decoded.boxPublicKey);
    this.kemPublicKey = encodeBytes(decoded.kemPublicKey);
  }
}
