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
} from '../../../../core/http/index.js';
import { KeyStatementView, SignedStatementDto } from '../../../keys/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import type { ResetOfAccount } from '../account-reset.js';
import type { FinishedReset, OpenedReset } from '../account-reset.service.js';
import { CLAIM_TOKEN_BYTES, proofsOf } from '../reset-claim.js';
import type { ResetClaim } from '../reset-claim.js';
import { RESET } from './reset.examples.js';
import { ChallengeField, MAX_VERSION, SuiteField } from '../../shared/dto/auth-fields.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };
const MAX_DELAY_SECONDS = 30 * 86_400;
const MOST_PENDING = 10_000;

export class ResetClaimDto implements ResetClaimRequestJson {
  @LoginIdField({ description: 'Of the account that is to begin anew.', example: EXAMPLE.loginId })
  readonly loginId!: string;
}

export class ResetClaimView implements ResetClaimJson {
  @ArrayField(oneOf(RESET_PROOFS), {
    minItems: 0,
    maxItems: RESET_PROOFS.length,
    unique: true,
    description:
      'What the claim has to be proven by. `email`: a token is mailed to the loginId. `approval`: an administrator.',
    example: ['email'],
  })
  readonly proofs: readonly ResetProof[];

  @IntegerField({
    description: 'How long signed-in devices can call the reset off before it can be carried out.',
    min: 0,
    max: MAX_DELAY_SECONDS,
    example: 86_400,
  })
  readonly delaySeconds: number;

  constructor({ reset, resetDelaySeconds }: Settings) {
    this.proofs = proofsOf(reset);
    this.delaySeconds = resetDelaySeconds;
  }
}

export class OpenResetDto implements Decoded<OpenResetRequestJson, 'claimToken'> {
  @LoginIdField({ description: 'That the token was given out for.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @Base64UrlField({
    description: 'From the mail, or from the administrator.',
    length: CLAIM_TOKEN_BYTES,
    example: RESET.claimToken,
  })
  readonly claimToken!: Uint8Array;
}

export class OpenedResetView implements OpenResetJson {
  @UuidField({ description: 'Whose account this is.', example: EXAMPLE.userId })
  readonly userId: string;

  @ObjectField(() => KeyStatementView, { description: 'The newest version of the public keys.' })
  readonly keys: OpenedReset['keys'];

  @IntegerField({ description: 'How often the vault was written, from 1.', min: 1, max: MAX_VERSION, example: 2 })
  readonly vaultVersion: number;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION, example: 1 })
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
  @UuidField({ description: 'From POST /v1/auth/reset/open.', example: EXAMPLE.userId })
  readonly userId!: string;

  @LoginIdField({ description: 'That the token was given out for; it stays.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @Base64UrlField({
    description: 'From the mail, or from the administrator. Used up by this request.',
    length: CLAIM_TOKEN_BYTES,
    example: RESET.claimToken,
  })
  readonly claimToken!: Uint8Array;

  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the new password.', length: LENGTHS.salt, example: EXAMPLE.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({
    description: 'The new password auth key, Ed25519.',
    length: LENGTHS.signingPublicKey,
    example: RESET.authPublicKey,
  })
  readonly authPublicKey!: Uint8Array;

  @ObjectField(() => SignedStatementDto, {
    description: 'The version after the newest, with the recovery flag, and without previousSignature.',
    example: RESET.keys,
  })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
    example: RESET.handleSignature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The new private seeds, and only those, under a new vault key.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
    example: RESET.vault,
  })
  readonly vault!: Uint8Array;

  @IntegerField({
    description: 'One more than that of the stored vault.',
    min: 1,
    max: MAX_VERSION,
    example: RESET.vaultVersion,
  })
  readonly vaultVersion!: number;

  @Base64UrlField({
    description: "The new vault key under the new password's wrap key.",
    length: LENGTHS.unlock,
    example: RESET.passwordUnlock,
  })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({
    description: 'The new recovery auth key, Ed25519.',
    length: LENGTHS.signingPublicKey,
    example: RESET.recoveryAuthPublicKey,
  })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({
    description: "The new vault key under the new recovery key's wrap key.",
    length: LENGTHS.unlock,
    example: RESET.recoveryUnlock,
  })
  readonly recoveryUnlock!: Uint8Array;

  @ChallengeField('From POST /v1/auth/challenge, for this loginId.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `reset-keys` by the new password auth key; the hash of the claim token is in it.',
    length: LENGTHS.signature,
    example: RESET.proof,
  })
  readonly proof!: Uint8Array;

  @Base64UrlField({
    description: "The new password auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
    example: RESET.authKeySignature,
  })
  readonly authKeySignature!: Uint8Array;

  @Base64UrlField({
    description: "The new recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
    example: RESET.recoveryAuthKeySignature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;
}

export class ResetKeysView implements ResetKeysJson {
  @IntegerField({ description: 'Of the new credentials.', min: 2, max: MAX_VERSION, example: 2 })
  readonly credentialVersion: number;

  @IntegerField({ description: 'Of the new keys.', min: 2, max: MAX_VERSION, example: 3 })
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
    example: RESET.cancelProof,
  })
  readonly proof!: Uint8Array;
}

export class PendingResetView implements PendingResetJson {
  @IntegerField({ description: 'When it was asked for, in Unix milliseconds.', ...TIME, example: EXAMPLE.now })
  readonly requestedAt: number;

  @TextField({
    description: 'Families of product and operating system, as the client that asked called itself.',
    min: 1,
    max: 64,
    optional: true,
    example: 'Firefox on Linux',
  })
  readonly client?: string;

  @IntegerField({
    description: 'From when on it can be carried out; absent while it waits for an administrator.',
    ...TIME,
    optional: true,
    example: EXAMPLE.now + 86_400_000,
  })
  readonly availableAt?: number;

  @IntegerField({ description: 'When it is over.', ...TIME, example: EXAMPLE.now + 172_800_000 })
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
