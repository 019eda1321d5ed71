import {
  decodeBase64Url,
  encodeBase64Url,
  encodePasswordFields,
  type ChangePasswordRequestJson,
} from '@sealpost/protocol';
import { authPublicKey, proveChange, type ProofContext } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { constantTimeEqual, randomBytes } from '../crypto/primitives.js';
import { sealUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import type { AccountRecord } from '../state/records.js';
import type { Challenge } from './proven.js';

const ACCOUNT_SECRET_BYTES = 32;

/**
 * The account secret to derive with. A client that holds one never derives without it (protocol section 2), because a
 * server could then test passwords against what such a log-in gives away.
 * @returns a copy, which whoever asked for it wipes
 */
export function chooseAccountSecret(
  given: Uint8Array | undefined,
  account: AccountRecord | null,
): Uint8Array | undefined {
  if (given !== undefined && given.length !== ACCOUNT_SECRET_BYTES) {
    throw new ClientError('client.invalid-argument', `An account secret has ${ACCOUNT_SECRET_BYTES} bytes`);
  }
  const held = account?.accountSecret === undefined ? undefined : decodeBase64Url(account.accountSecret);
  if (held === null) throw new ClientError('storage.damaged', 'The stored account secret is not base64url');
  if (held === undefined) return given?.slice();
  if (given !== undefined && !constantTimeEqual(given, held)) {
    throw new ClientError('login.account-secret-differs', 'This device holds another account secret');
  }
  return held;
}

interface PasswordOwner {
  readonly serviceId: string;
  /** Normalised. */
  readonly loginId: string;
  /** A copy, which is wiped with the rest. */
  readonly accountSecret: Uint8Array | undefined;
}

/** The keys of the present password. Deriving them is dear: done once for challenges that name the same salt. */
export class PasswordProof {
  #derived: { readonly from: string; readonly keys: CredentialKeys } | null = null;

  constructor(
    private readonly owner: PasswordOwner,
    private readonly password: string,
  ) {}

  keysFor({ suite, salt }: Challenge): CredentialKeys {
    const from = `${suite}/${encodeBase64Url(salt)}`;
    if (this.#derived?.from === from) return this.#derived.keys;
    this.#wipeKeys();
    const { accountSecret, ...owner } = this.owner;
    const secret = accountSecret === undefined ? {} : { accountSecret };
    const keys = derivePasswordKeys({ ...owner, suite, salt, password: this.password, ...secret });
    this.#derived = { from, keys };
    return keys;
  }

  /** With the account secret: it derives nothing more. */
  wipe(): void {
    this.#wipeKeys();
    wipe(this.owner.accountSecret);
  }

  #wipeKeys(): void {
    if (this.#derived !== null) wipe(this.#derived.keys.authSeed, this.#derived.keys.wrapKey);
  }
}

/** What the keys of a password are derived from, and whose they are. */
export interface PasswordInput {
  readonly serviceId: string;
  readonly userId: string;
  /** The one that the account has from now on. Normalised. */
  readonly loginId: string;
  readonly suite: number;
  readonly password: string;
  readonly accountSecret: Uint8Array | undefined;
}

export interface NewPasswordInput extends PasswordInput {
  readonly vaultKey: Uint8Array;
  /** The version of the credentials that are replaced. */
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

  /** base64url */
  get salt(): string {
    return encodeBase64Url(this.#salt);
  }

  /** Whether a challenge of the server's shows that the account has this very password: the salt is nobody else's. */
  isIn({ salt }: { readonly salt: Uint8Array }): boolean {
    return encodeBase64Url(salt) === this.salt;
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
      salt: this.salt,
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
