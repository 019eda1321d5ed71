import { LENGTHS } from '@sealpost/protocol';
import { Base64UrlField } from '../../../../core/http/index.js';
import { SuiteField } from './auth-fields.js';

/** What every request brings that gives an account a new password. */
export abstract class NewPasswordDto {
  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the password.', length: LENGTHS.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({ description: 'The password auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly authPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({
    description: "The password auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly authKeySignature!: Uint8Array;
}

/** What every request brings that gives an account a recovery key as well: a registration, a reset, a new vault key. */
export abstract class NewCredentialsDto extends NewPasswordDto {
  @Base64UrlField({ description: 'The recovery auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock!: Uint8Array;

  @Base64UrlField({
    description: "The recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;
}
