import { LENGTHS } from '@sealpost/protocol';
import type { EraseAccountRequestJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, IntegerField, LoginIdField } from '../../../../core/http/index.js';
import { NEW } from '../../credentials/dto/credentials.examples.js';
import { CREDENTIAL_VERSION } from '../../credentials/dto/password.dto.js';
import { EXAMPLE } from '../../shared/auth.examples.js';

export class EraseAccountDto implements Decoded<EraseAccountRequestJson, 'challenge' | 'proof'> {
  @LoginIdField({ description: 'The loginId of the challenge: the account’s own.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @IntegerField({
    description: 'Of the present credentials, from GET /v1/account.',
    ...CREDENTIAL_VERSION,
    example: NEW.credentialVersion,
  })
  readonly credentialVersion!: number;

  @Base64UrlField({
    description: 'From POST /v1/auth/challenge, for `loginId`.',
    length: LENGTHS.challenge,
    example: EXAMPLE.challenge,
  })
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `delete-account` by the password auth key.',
    length: LENGTHS.signature,
    example: NEW.eraseAccount.proof,
  })
  readonly proof!: Uint8Array;
}
