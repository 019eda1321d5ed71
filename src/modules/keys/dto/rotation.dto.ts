import { LENGTHS, LIMITS, type RotateJson, type RotateRequestJson, type VaultJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, encodeBytes, IntegerField, ObjectField } from '../../../core/http/index.js';
import { MIN_VAULT_BYTES, type StoredVault } from '../key-chain.js';
import type { RotationResult } from '../keys.service.js';
import { KeyStatementView, MAX_VERSION, SignedStatementDto } from './key-statement.dto.js';
import { EXAMPLE } from './keys.examples.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from './vault-fields.js';

export class RotateDto implements Omit<Decoded<RotateRequestJson, 'vault'>, 'keys'> {
  @ObjectField(() => SignedStatementDto, { description: 'The statement of the version after the newest one.' })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'The rewritten vault, which holds the new seeds too.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
    example: EXAMPLE.vault,
  })
  readonly vault!: Uint8Array;

  @IntegerField({
    description: 'The version of this vault: one more than that of the stored one.',
    min: 2,
    max: MAX_VERSION,
    example: EXAMPLE.vaultVersion,
  })
  readonly vaultVersion!: number;
}

export class RotateView implements RotateJson {
  @ObjectField(() => KeyStatementView, { description: 'The statement as it is stored.' })
  readonly keys: KeyStatementView;

  @IntegerField({
    description: 'The version of the vault that is stored now.',
    min: 1,
    max: MAX_VERSION,
    example: EXAMPLE.vaultVersion,
  })
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
