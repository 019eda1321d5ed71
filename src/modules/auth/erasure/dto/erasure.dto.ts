import { LENGTHS } from '@sealpost/protocol';
import type { EraseAccountRequestJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, IntegerField, LoginIdField } from '../../../../core/http/index.js';
import { NEW } from '../../credentials/dto/credentials.examples.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import { ChallengeField, CREDENTIAL_VERSION } from '../../shared/dto/auth-fields.js';

export class EraseAccountDto implements Decoded<EraseAccountRequestJson, 'challenge' | 'proof'> {
  @LoginIdField({ description: 'The loginId of the challenge: the account’s own.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @IntegerField({
    description: 'Of the present credentials, from GET /v1/account.',
    ...CREDENTIAL_VERSION,
    example: NEW.credentialVersion,
  })
  readonly credentialVersion!: number;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `delete-account` by the password auth key.',
    length: LENGTHS.signature,
    example: NEW.eraseAccount.proof,
  })
  readonly proof!: Uint8Array;
}
