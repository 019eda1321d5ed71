import { encodeBase64Url, encodePasswordFields, type ChangePasswordRequestJson } from '@sealpost/protocol';
import { authPublicKey, proveChange, type ProofContext } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { randomBytes } from '../crypto/primitives.js';
import { sealUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';

export interface NewPasswordInput {
  readonly serviceId: string;
  readonly userId: string;
  /** The one that the account is to have from now on. Normalised. */
  readonly loginId: string;
  readonly suite: number;
  readonly password: string;
  readonly accountSecret: Uint8Array | undefined;
  readonly vaultKey: Uint8Array;
  /** Of the credentials that are replaced. */
  readonly credentialVersion: number;
  /** Where the loginId is a new one. */
  readonly handleSignature?: Uint8Array;
}

/** The keys of a new password, sealed and ready to be sent; each challenge needs signatures of its own. */
export class NewPassword {
  readonly #keys: CredentialKeys;
  readonly #salt = randomBytes(32);
  readonly #unlock: Uint8Array;

  /** Takes as long as the suite asks for. */
  constructor(private readonly input: NewPasswordInput) {
    const { serviceId, userId, loginId, suite, password, accountSecret, vaultKey } = input;
    const secret = accountSecret === undefined ? {} : { accountSecret };
    this.#keys = derivePasswordKeys({ suite, serviceId, loginId, salt: this.#salt, password, ...secret });
    const header = { kind: 'password', serviceId, userId, suite, loginId, salt: this.#salt } as const;
    this.#unlock = sealUnlock(this.#keys.wrapKey, header, vaultKey);
  }

  /** Whether a challenge of the server's shows that the account has this very password: the salt is nobody else's. */
  isIn({ salt }: { readonly salt: Uint8Array }): boolean {
    return encodeBase64Url(salt) === encodeBase64Url(this.#salt);
  }

  /** @param context of the challenge, with the loginId that the account has so far */
  requestFor(
    action: 'change-password' | 'recover',
    context: ProofContext,
    authSeed: Uint8Array,
  ): ChangePasswordRequestJson {
    const { userId, loginId, suite, credentialVersion, handleSignature } = this.input;
    const publicKey = authPublicKey(this.#keys.authSeed);
    const handle = handleSignature === undefined ? {} : { handleSignature };
    const password = { suite, salt: this.#salt, authPublicKey: publicKey, passwordUnlock: this.#unlock, ...handle };
    const fields = encodePasswordFields({ userId, credentialVersion, newLoginId: loginId, ...password });
    const keys = { authSeed, newAuthSeed: this.#keys.authSeed };
    const { proof, newKeySignature } = proveChange(action, fields, context, keys);
    return {
      loginId: context.loginId,
      credentialVersion,
      ...(handleSignature === undefined
        ? {}
        : { newLoginId: loginId, handleSignature: encodeBase64Url(handleSignature) }),
      suite,
      salt: encodeBase64Url(this.#salt),
      authPublicKey: encodeBase64Url(publicKey),
      passwordUnlock: encodeBase64Url(this.#unlock),
      challenge: encodeBase64Url(context.challenge),
      proof: encodeBase64Url(proof),
      authKeySignature: encodeBase64Url(newKeySignature),
    };
  }

  wipe(): void {
    wipe(this.#keys.authSeed, this.#keys.wrapKey, this.input.accountSecret);
  }
}
