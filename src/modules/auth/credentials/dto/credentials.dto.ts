import { LENGTHS } from '@sealpost/protocol';
import type {
  ChangePasswordRequestJson,
  CredentialsJson,
  OpenRecoveryJson,
  OpenRecoveryRequestJson,
  RecoverRequestJson,
  ReplaceRecoveryKeyRequestJson,
} from '@sealpost/protocol';
import { Base64UrlField, encodeBytes, IntegerField, LoginIdField, UuidField } from '../../../../core/http/index.js';
import type { Decoded } from '../../../../core/http/index.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from '../../../keys/index.js';
import { ChallengeField, CREDENTIAL_VERSION, MAX_VERSION } from '../../shared/dto/auth-fields.js';
import { NewPasswordDto } from '../../shared/dto/new-credentials.dto.js';
import type { OpenedRecovery } from '../recovery.service.js';

type Bytes =
  'handleSignature' | 'salt' | 'authPublicKey' | 'passwordUnlock' | 'challenge' | 'proof' | 'authKeySignature';

/** What both ways to a new password have in common; their proofs differ. */
class PasswordChangeDto
  extends NewPasswordDto
  implements Decoded<Omit<ChangePasswordRequestJson, 'proof'>, Exclude<Bytes, 'proof'>>
{
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({
    description: 'Of the credentials that are replaced, from GET /v1/account or the opened recovery.',
    ...CREDENTIAL_VERSION,
  })
  readonly credentialVersion!: number;

  @LoginIdField({
    description: 'Where the loginId is to change: another one than `loginId`, normalised. Needs `handleSignature`.',
    optional: true,
  })
  readonly newLoginId?: string;

  @Base64UrlField({
    description: 'newLoginId and userId, signed by the newest signing key. Only with `newLoginId`.',
    length: LENGTHS.signature,
    optional: true,
  })
  readonly handleSignature?: Uint8Array;

  @ChallengeField()
  readonly challenge!: Uint8Array;
}

export class ChangePasswordDto extends PasswordChangeDto implements Decoded<ChangePasswordRequestJson, Bytes> {
  @Base64UrlField({
    description: 'Proof of action `change-password` by the present password auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

export class RecoverDto extends PasswordChangeDto implements Decoded<RecoverRequestJson, Bytes> {
  @UuidField({ description: 'From POST /v1/auth/recovery/open.' })
  readonly userId!: string;

  @Base64UrlField({ description: 'Proof of action `recover` by the recovery auth key.', length: LENGTHS.signature })
  readonly proof!: Uint8Array;
}

export class CredentialsView implements CredentialsJson {
  @IntegerField({ description: 'Of the new credentials.', min: 2, max: CREDENTIAL_VERSION.max + 1 })
  readonly credentialVersion: number;

  constructor(credentialVersion: number) {
    this.credentialVersion = credentialVersion;
  }
}

export class OpenRecoveryDto implements Decoded<OpenRecoveryRequestJson, 'challenge' | 'proof'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `open-recovery` by the recovery auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

export class OpenedRecoveryView implements OpenRecoveryJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock: string;

  @VaultField()
  readonly vault: string;

  @VaultVersionField()
  readonly vaultVersion: number;

  @VaultKeyVersionField()
  readonly keyVersion: number;

  @IntegerField({ description: 'What the recovery has to build upon.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  constructor({ account, vault }: OpenedRecovery) {
    this.userId = account.userId;
    this.recoveryUnlock = encodeBytes(account.recoveryUnlock);
    this.vault = encodeBytes(vault.vault);
    this.vaultVersion = vault.vaultVersion;
    this.keyVersion = vault.keyVersion;
    this.credentialVersion = account.credentialVersion;
  }
}

type ReplacementBytes = 'recoveryAuthPublicKey' | 'recoveryUnlock' | 'challenge' | 'proof' | 'recoveryAuthKeySignature';

export class ReplaceRecoveryKeyDto implements Decoded<ReplaceRecoveryKeyRequestJson, ReplacementBytes> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the credentials that are replaced, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @Base64UrlField({ description: 'The recovery auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock!: Uint8Array;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `replace-recovery` by the password auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;

  @Base64UrlField({
    description: "The recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;
}
