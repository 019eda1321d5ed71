import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { RegisterJson } from '@sealpost/protocol';
import { Base64UrlField, LoginIdField, ObjectField, TextField, UuidField } from '../../../../core/http/index.js';
import { SignedStatementDto } from '../../../keys/index.js';
import { TokensView } from '../../sessions/dto/tokens.view.js';
import type { OpenedSession } from '../../sessions/sessions.service.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import { INVITATION_BYTES } from '../invitation.js';
import type { Registration } from '../registration.js';
import { ChallengeField, SuiteField } from '../../shared/dto/auth-fields.js';

export class RegisterDto implements Registration {
  @UuidField({ description: 'Made by the client: who this user is, for ever.', example: EXAMPLE.userId })
  readonly userId!: string;

  @LoginIdField({ description: 'What the user logs in with, normalised.', example: EXAMPLE.loginId })
  readonly loginId!: string;

  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the password.', length: LENGTHS.salt, example: EXAMPLE.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({
    description: 'Password auth key, Ed25519.',
    length: LENGTHS.signingPublicKey,
    example: EXAMPLE.authPublicKey,
  })
  readonly authPublicKey!: Uint8Array;

  @ObjectField(() => SignedStatementDto, {
    description: 'Version 1 of the public keys, without previousSignature.',
    example: { statement: EXAMPLE.firstStatement, signature: EXAMPLE.firstStatementSignature },
  })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
    example: EXAMPLE.handleSignature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The private seeds under the vault key, which the server never sees.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
    example: EXAMPLE.vault,
  })
  readonly vault!: Uint8Array;

  @Base64UrlField({
    description: "The vault key under the password's wrap key.",
    length: LENGTHS.unlock,
    example: EXAMPLE.passwordUnlock,
  })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({
    description: 'Recovery auth key, Ed25519.',
    length: LENGTHS.signingPublicKey,
    example: EXAMPLE.recoveryAuthPublicKey,
  })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({
    description: "The vault key under the recovery key's wrap key.",
    length: LENGTHS.unlock,
    example: EXAMPLE.recoveryUnlock,
  })
  readonly recoveryUnlock!: Uint8Array;

  @ChallengeField('From POST /v1/auth/challenge, for this loginId.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `register` by the password auth key.',
    length: LENGTHS.signature,
    example: EXAMPLE.proof,
  })
  readonly proof!: Uint8Array;

  @Base64UrlField({
    description: "The password auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
    example: EXAMPLE.authKeySignature,
  })
  readonly authKeySignature!: Uint8Array;

  @Base64UrlField({
    description: "The recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
    example: EXAMPLE.recoveryAuthKeySignature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;

  @Base64UrlField({
    description: 'Invitation code, where registration is open by invitation; otherwise it is not looked at.',
    length: INVITATION_BYTES,
    optional: true,
    example: EXAMPLE.invitation,
  })
  readonly invitation?: Uint8Array;

  @TextField({
    description: 'Tells the sessions apart for the user.',
    ...SESSION_NAME,
    optional: true,
    example: 'Firefox on Linux',
  })
  readonly sessionName?: string;
}

export class RegisteredView extends TokensView implements RegisterJson {
  @UuidField({ description: 'The userId of the request.', example: EXAMPLE.userId })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.', example: EXAMPLE.sessionId })
  readonly sessionId: string;

  constructor(userId: string, opened: OpenedSession) {
    super(opened.tokens);
    this.userId = userId;
    this.sessionId = opened.sessionId;
  }
}
