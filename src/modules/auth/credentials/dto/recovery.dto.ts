import { LENGTHS } from '@sealpost/protocol';
import type { OpenRecoveryJson, OpenRecoveryRequestJson, ReplaceRecoveryKeyRequestJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  type Decoded,
  encodeBytes,
  IntegerField,
  LoginIdField,
  UuidField,
} from '../../../../core/http/index.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from '../../../keys/index.js';
import type { OpenedRecovery } from '../recovery.service.js';
import { ChallengeField, CREDENTIAL_VERSION, MAX_VERSION } from '../../shared/dto/auth-fields.js';

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
