import { LENGTHS } from '@sealpost/protocol';
import type { ChallengeJson, ChallengeRequestJson, LoginJson, LoginRequestJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  type Decoded,
  encodeBytes,
  IntegerField,
  LoginIdField,
  TextField,
  UuidField,
  TimeField,
} from '../../../../core/http/index.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from '../../../keys/index.js';
import { TokensView } from '../../sessions/dto/tokens.view.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import type { LoggedIn, OfferedChallenge } from '../login.service.js';
import { ChallengeField, MAX_VERSION, SuiteField } from '../../shared/dto/auth-fields.js';

export class ChallengeDto implements ChallengeRequestJson {
  @LoginIdField({ description: 'Who wants to log in or to register, normalised.' })
  readonly loginId!: string;
}

export class ChallengeView implements ChallengeJson {
  @SuiteField("The account's password suite.")
  readonly suite: number;

  @Base64UrlField({ description: "The password's salt.", length: LENGTHS.salt })
  readonly salt: string;

  @ChallengeField('To be signed. Works once, for this loginId.')
  readonly challenge: string;

  @TimeField({ description: 'When the challenge expires.' })
  readonly expiresAt: number;

  constructor(offered: OfferedChallenge) {
    this.suite = offered.suite;
    this.salt = encodeBytes(offered.salt);
    this.challenge = encodeBytes(offered.challenge);
    this.expiresAt = offered.expiresAt;
  }
}

export class LoginDto implements Decoded<LoginRequestJson, 'challenge' | 'signature'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @ChallengeField('From POST /v1/auth/challenge.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({ description: 'Proof of action `login` by the password auth key.', length: LENGTHS.signature })
  readonly signature!: Uint8Array;

  @TextField({ description: 'Tells the sessions apart for the user.', ...SESSION_NAME, optional: true })
  readonly sessionName?: string;
}

export class LoggedInView extends TokensView implements LoginJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.' })
  readonly sessionId: string;

  @VaultField()
  readonly vault: string;

  @VaultVersionField()
  readonly vaultVersion: number;

  @VaultKeyVersionField()
  readonly keyVersion: number;

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock: string;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  constructor({ sessionId, tokens, account, vault }: LoggedIn) {
    super(tokens);
    this.userId = account.userId;
    this.sessionId = sessionId;
    this.vault = encodeBytes(vault.vault);
    this.vaultVersion = vault.vaultVersion;
    this.keyVersion = vault.keyVersion;
    this.passwordUnlock = encodeBytes(account.passwordUnlock);
    this.credentialVersion = account.credentialVersion;
  }
}
