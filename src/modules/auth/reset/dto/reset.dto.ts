import { LENGTHS, LIMITS, RESET_PROOFS } from '@sealpost/protocol';
import type {
  CancelResetsRequestJson,
  OpenResetJson,
  OpenResetRequestJson,
  PendingResetJson,
  PendingResetsJson,
  ResetClaimJson,
  ResetClaimRequestJson,
  ResetKeysJson,
  ResetKeysRequestJson,
  ResetProof,
} from '@sealpost/protocol';
import type { Settings } from '../../../../core/config/index.js';
import {
  ArrayField,
  Base64UrlField,
  type Decoded,
  IntegerField,
  LoginIdField,
  ObjectField,
  oneOf,
  TextField,
  UuidField,
  TimeField,
} from '../../../../core/http/index.js';
import { KeyStatementView, SignedStatementDto } from '../../../keys/index.js';
import type { ResetOfAccount } from '../account-reset.js';
import type { FinishedReset, OpenedReset } from '../account-reset.service.js';
import { CLAIM_TOKEN_BYTES, proofsOf } from '../reset-claim.js';
import type { ResetClaim } from '../reset-claim.js';
import { ChallengeField, MAX_VERSION, SuiteField } from '../../shared/dto/auth-fields.js';

const MAX_DELAY_SECONDS = 30 * 86_400;
const MOST_PENDING = 10_000;

export class ResetClaimDto implements ResetClaimRequestJson {
  @LoginIdField({ description: 'Of the account that is to begin anew.' })
  readonly loginId!: string;
}

export class ResetClaimView implements ResetClaimJson {
  @ArrayField(oneOf(RESET_PROOFS), {
    minItems: 0,
    maxItems: RESET_PROOFS.length,
    unique: true,
    description:
      'What the claim has to be proven by. `email`: a token is mailed to the loginId. `approval`: an administrator.',
  })
  readonly proofs: readonly ResetProof[];

  @IntegerField({
    description: 'How long signed-in devices can call the reset off before it can be carried out.',
    min: 0,
    max: MAX_DELAY_SECONDS,
  })
  readonly delaySeconds: number;

  constructor({ reset, resetDelaySeconds }: Settings) {
    this.proofs = proofsOf(reset);
    this.delaySeconds = resetDelaySeconds;
  }
}

export class OpenResetDto implements Decoded<OpenResetRequestJson, 'claimToken'> {
  @LoginIdField({ description: 'That the token was given out for.' })
  readonly loginId!: string;

  @Base64UrlField({ description: 'From the mail, or from the administrator.', length: CLAIM_TOKEN_BYTES })
  readonly claimToken!: Uint8Array;
}

export class OpenedResetView implements OpenResetJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @ObjectField(() => KeyStatementView, { description: 'The newest version of the public keys.' })
  readonly keys: OpenedReset['keys'];

  @IntegerField({ description: 'How often the vault was written, from 1.', min: 1, max: MAX_VERSION })
  readonly vaultVersion: number;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  constructor({ account, keys, vaultVersion }: OpenedReset) {
    this.userId = account.userId;
    this.keys = keys;
    this.vaultVersion = vaultVersion;
    this.credentialVersion = account.credentialVersion;
  }
}

type Bytes = Exclude<keyof ResetKeysRequestJson, 'userId' | 'loginId' | 'suite' | 'keys' | 'vaultVersion'>;

export class ResetKeysDto implements ResetOfAccount, Omit<Decoded<ResetKeysRequestJson, Bytes>, 'keys'> {
  @UuidField({ description: 'From POST /v1/auth/reset/open.' })
  readonly userId!: string;

  @LoginIdField({ description: 'That the token was given out for; it stays.' })
  readonly loginId!: string;

  @Base64UrlField({
    description: 'From the mail, or from the administrator. Used up by this request.',
    length: CLAIM_TOKEN_BYTES,
  })
  readonly claimToken!: Uint8Array;

  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the password.', length: LENGTHS.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({ description: 'The password auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly authPublicKey!: Uint8Array;

  @ObjectField(() => SignedStatementDto, {
    description: 'The version after the newest, with the recovery flag, and without previousSignature.',
  })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The new private seeds, and only those, under a new vault key.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @IntegerField({ description: 'One more than that of the stored vault.', min: 1, max: MAX_VERSION })
  readonly vaultVersion!: number;

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({ description: 'The recovery auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock!: Uint8Array;

  @ChallengeField('From POST /v1/auth/challenge, for `loginId`.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `reset-keys` by the new password auth key; the hash of the claim token is in it.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;

  @Base64UrlField({
    description: "The password auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly authKeySignature!: Uint8Array;

  @Base64UrlField({
    description: "The recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;
}

export class ResetKeysView implements ResetKeysJson {
  @IntegerField({ description: 'Of the new credentials.', min: 2, max: MAX_VERSION })
  readonly credentialVersion: number;

  @IntegerField({ description: 'Of the new keys.', min: 2, max: MAX_VERSION })
  readonly keyVersion: number;

  constructor({ credentialVersion, keyVersion }: FinishedReset) {
    this.credentialVersion = credentialVersion;
    this.keyVersion = keyVersion;
  }
}

export class CancelResetsDto implements Decoded<CancelResetsRequestJson, 'challenge' | 'proof'> {
  @ChallengeField('From POST /v1/auth/challenge, for the account’s own loginId.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `cancel-resets` by the newest signing key of the account.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

export class PendingResetView implements PendingResetJson {
  @TimeField({ description: 'When it was asked for.' })
  readonly requestedAt: number;

  @TextField({
    description: 'Families of product and operating system, as the client that asked called itself.',
    min: 1,
    max: 64,
    optional: true,
  })
  readonly client?: string;

  @TimeField({
    description: 'From when on it can be carried out; absent while it waits for an administrator.',
    optional: true,
  })
  readonly availableAt?: number;

  @TimeField({ description: 'When it is over.' })
  readonly expiresAt: number;

  constructor({ requestedAt, client, availableAt, expiresAt }: ResetClaim) {
    this.requestedAt = requestedAt;
    if (client !== null) this.client = client;
    if (availableAt !== null) this.availableAt = availableAt;
    this.expiresAt = expiresAt;
  }
}

export class PendingResetsView implements PendingResetsJson {
  @ArrayField(() => PendingResetView, { description: 'The newest first.', minItems: 0, maxItems: MOST_PENDING })
  readonly items: readonly PendingResetView[];

  constructor(claims: readonly ResetClaim[]) {
    this.items = claims.map((claim) => new PendingResetView(claim));
  }
}
