import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { RepublishRequestJson, RotateJson, RotateRequestJson, VaultJson } from '@sealpost/protocol';
import { ArrayField, Base64UrlField, encodeBytes, IntegerField, ObjectField } from '../../../core/http/index.js';
import type { Decoded } from '../../../core/http/index.js';
import { MIN_VAULT_BYTES } from '../key-chain.js';
import type { StoredVault } from '../key-chain.js';
import type { RotationResult } from '../keys.service.js';
import { KeyStatementView, MAX_VERSION, SignedStatementDto } from './key-statement.dto.js';

// Decorators and not a base class: an answer that opens a session has the members of the tokens as its base already.

/** Member `vault` of every answer that hands a vault out, encoded. */
export function VaultField({
  description = 'The private seeds under the vault key.',
  minLength = LENGTHS.committedOverhead,
} = {}): PropertyDecorator {
  return Base64UrlField({ description, minLength, maxLength: LIMITS.vaultBytes });
}

/** Member `vaultVersion` beside it. */
export function VaultVersionField(description = 'How often the vault was written, from 1.'): PropertyDecorator {
  return IntegerField({ description, min: 1, max: MAX_VERSION });
}

/** Member `keyVersion` beside it. */
export function VaultKeyVersionField(
  description = "The key version that the vault's header names.",
): PropertyDecorator {
  return IntegerField({ description, min: 1, max: MAX_VERSION });
}

export class RotateDto implements Omit<Decoded<RotateRequestJson, 'vault' | 'handleSignature'>, 'keys'> {
  @ObjectField(() => SignedStatementDto, { description: 'The statement of the version after the newest one.' })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'The rewritten vault, which holds the new seeds too.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @IntegerField({
    description: 'The version of this vault: one more than that of the stored one.',
    min: 2,
    max: MAX_VERSION,
  })
  readonly vaultVersion!: number;

  @Base64UrlField({
    description:
      'The signature of the loginId by the new signing key. Needed where the statement declares earlier keys compromised: what they have signed counts no more.',
    length: LENGTHS.signature,
    optional: true,
  })
  readonly handleSignature?: Uint8Array;
}

export class RepublishDto implements Omit<
  Decoded<RepublishRequestJson, 'handleSignature' | 'vault' | 'vaultSignature'>,
  'statements'
> {
  @ArrayField(() => SignedStatementDto, {
    description: 'Ascending from the version after the newest one that the server has; it may begin before.',
    minItems: 1,
    maxItems: LIMITS.republishedStatements,
  })
  readonly statements!: SignedStatementDto[];

  @Base64UrlField({
    description: 'The signature of the present loginId by the newest signing key.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The vault that holds the seeds of all versions.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @IntegerField({ description: 'The version of this vault: above that of the stored one.', min: 2, max: MAX_VERSION })
  readonly vaultVersion!: number;

  @Base64UrlField({
    description: 'The signature of the vault and its version by the newest signing key (protocol section 5).',
    length: LENGTHS.signature,
  })
  readonly vaultSignature!: Uint8Array;
}

export class RotateView implements RotateJson {
  @ObjectField(() => KeyStatementView, { description: 'The statement as it is stored.' })
  readonly keys: KeyStatementView;

  @IntegerField({ description: 'The version of the vault that is stored now.', min: 1, max: MAX_VERSION })
  readonly vaultVersion: number;

  constructor({ statement, vaultVersion }: RotationResult) {
    this.keys = new KeyStatementView(statement);
    this.vaultVersion = vaultVersion;
  }
}

export class VaultView implements VaultJson {
  @VaultField({
    description: 'All private seeds of the user under a key that the server never sees.',
    minLength: MIN_VAULT_BYTES,
  })
  readonly vault: string;

  @VaultVersionField('Counts from 1.')
  readonly vaultVersion: number;

  @VaultKeyVersionField("The key version that the vault's header names: the newest one.")
  readonly keyVersion: number;

  constructor(stored: StoredVault) {
    this.vault = encodeBytes(stored.vault);
    this.vaultVersion = stored.vaultVersion;
    this.keyVersion = stored.keyVersion;
  }
}
