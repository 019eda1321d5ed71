import { LENGTHS } from '@sealpost/protocol';
import type { AddEscrowRequestJson, EscrowJson, EscrowWrapJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  type Decoded,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
} from '../../../../core/http/index.js';
import { NEW } from '../../credentials/dto/credentials.examples.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import type { EscrowWrap, StoredEscrow } from '../escrow.js';
import { ESCROW } from './escrow.examples.js';
import { ChallengeField, CREDENTIAL_VERSION } from '../../shared/dto/auth-fields.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };

export class EscrowWrapDto implements Decoded<EscrowWrapJson, 'fingerprint' | 'unlock'>, EscrowWrap {
  @Base64UrlField({
    description: 'Names the escrow key that GET /v1/service offers: the hash of its tag and the key.',
    length: LENGTHS.hash,
    example: ESCROW.fingerprint,
  })
  readonly fingerprint!: Uint8Array;

  @Base64UrlField({
    description: 'The vault key under the escrow key, which the server cannot open.',
    length: LENGTHS.escrow,
    example: ESCROW.unlock,
  })
  readonly unlock!: Uint8Array;
}

export class AddEscrowDto implements Omit<Decoded<AddEscrowRequestJson, 'challenge' | 'proof'>, 'escrow'> {
  @LoginIdField({ description: 'The loginId of the challenge: the account’s own.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @IntegerField({
    description: 'Of the credentials that it is added to, from GET /v1/account.',
    ...CREDENTIAL_VERSION,
    example: NEW.credentialVersion,
  })
  readonly credentialVersion!: number;

  @ObjectField(() => EscrowWrapDto, { description: 'The escrow.' })
  readonly escrow!: EscrowWrapDto;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `add-escrow` by the password auth key.',
    length: LENGTHS.signature,
    example: ESCROW.proof,
  })
  readonly proof!: Uint8Array;
}

export class EscrowView implements EscrowJson {
  @Base64UrlField({
    description: 'Names the escrow key whose holder can open the account.',
    length: LENGTHS.hash,
    example: ESCROW.fingerprint,
  })
  readonly fingerprint: string;

  @IntegerField({ description: 'Since when, in Unix milliseconds.', ...TIME, example: EXAMPLE.now })
  readonly addedAt: number;

  constructor({ fingerprint, addedAt }: StoredEscrow) {
    this.fingerprint = encodeBytes(fingerprint);
    this.addedAt = addedAt;
  }
}
