import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { RegisterJson } from '@sealpost/protocol';
import { Base64UrlField, LoginIdField, ObjectField, TextField, UuidField } from '../../../../core/http/index.js';
import { SignedStatementDto } from '../../../keys/index.js';
import { TokensView } from '../../sessions/dto/tokens.view.js';
import type { OpenedSession } from '../../sessions/sessions.service.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import { INVITATION_BYTES } from '../invitation.js';
import type { Registration } from '../registration.js';
import { ChallengeField, SuiteField } from '../../shared/dto/auth-fields.js';

export class RegisterDto implements Registration {
  @UuidField({ description: 'Made by the client: who this user is, for ever.' })
  readonly userId!: string;

  @LoginIdField({ description: 'What the user logs in with, normalised.' })
  readonly loginId!: string;

  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the password.', length: LENGTHS.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({ description: 'The password auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly authPublicKey!: Uint8Array;

  @ObjectField(() => SignedStatementDto, { description: 'Version 1 of the public keys, without previousSignature.' })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The private seeds under the vault key, which the server never sees.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({ description: 'The recovery auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock!: Uint8Array;

  @ChallengeField('From POST /v1/auth/challenge, for `loginId`.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({ description: 'Proof of action `register` by the password auth key.', length: LENGTHS.signature })
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

  @Base64UrlField({
    description: 'Invitation code, where registration is open by invitation; otherwise it is not looked at.',
    length: INVITATION_BYTES,
    optional: true,
  })
  readonly invitation?: Uint8Array;

  @TextField({ description: 'Tells the sessions apart for the user.', ...SESSION_NAME, optional: true })
  readonly sessionName?: string;
}

export class RegisteredView extends TokensView implements RegisterJson {
  @UuidField({ description: 'The userId of the request.' })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.' })
  readonly sessionId: string;

  constructor(userId: string, opened: OpenedSession) {
    super(opened.tokens);
    this.userId = userId;
    this.sessionId = opened.sessionId;
  }
}
