import {
  decodeBase64Url,
  encodeBase64Url,
  encodePasswordFields,
  type ChangePasswordRequestJson,
  type RegisterFields,
  type SignedStatementJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { given } from '../arguments.js';
import { authPublicKey, proveChange, proveNewAccount, type RegistrationProof } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { constantTimeEqual, randomBytes } from '../crypto/primitives.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery-key.js';
import { generateVaultKey, sealUnlock } from '../crypto/vault.js';
import { wipe, wiping } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import { toWire, type Sent } from '../http/json-shape.js';
import { makeKeys, type NewKeysInput } from '../keys/vault-box.js';
import type { AccountRecord } from '../state/records.js';
import { signedStatementJson } from '../trust/chain-pin.js';
import type { Challenge, Offered } from './proven.js';

const ACCOUNT_SECRET_BYTES = 32;

/**
 * The account secret to derive with. A client that holds one never derives without it (protocol section 2), because a
 * server could then test passwords against what such a log-in gives away.
 * @returns a copy, which whoever asked for it wipes
 */
export function chooseAccountSecret(
  wanted: Uint8Array | undefined,
  account: AccountRecord | null,
): Uint8Array | undefined {
  if (wanted !== undefined && wanted.length !== ACCOUNT_SECRET_BYTES) {
    throw new ClientError('client.invalid-argument', `An account secret has ${ACCOUNT_SECRET_BYTES} bytes`);
  }
  const held = account?.accountSecret === undefined ? undefined : decodeBase64Url(account.accountSecret);
  if (held === null) throw new ClientError('storage.damaged', 'The stored account secret is not base64url');
  if (held === undefined) return wanted?.slice();
  if (wanted !== undefined && !constantTimeEqual(wanted, held)) {
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
    readonly owner: PasswordOwner,
    private readonly password: string,
  ) {}

  keysFor({ suite, salt }: Challenge): CredentialKeys {
    const from = `${suite}/${encodeBase64Url(salt)}`;
    if (this.#derived?.from === from) return this.#derived.keys;
    this.#wipeKeys();
    const keys = derivePasswordKeys({ ...this.owner, suite, salt, password: this.password });
    this.#derived = { from, keys };
    return keys;
  }

  /** With the account secret: it derives nothing more. */
  wipe(): void {
    this.#wipeKeys();
    wipe(this.owner.accountSecret);
  }

  #wipeKeys(): void {
    if (this.#derived !== null) wipeKeys(this.#derived.keys);
  }
}

/** What the keys of a new password are derived from, and whose they are. */
export interface PasswordInput extends PasswordOwner {
  readonly userId: string;
  readonly suite: number;
  readonly password: string;
}

/** The keys of a password or recovery key, and their members of what is sent and proven. */
export interface NewCredentials<Fields> {
  readonly keys: CredentialKeys;
  readonly fields: Fields;
}

interface PasswordFields {
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authPublicKey: Uint8Array;
  readonly passwordUnlock: Uint8Array;
}

/** A new password for an account with this vault key. Takes as long as the suite asks for. */
export function sealPassword(input: PasswordInput, vaultKey: Uint8Array): NewCredentials<PasswordFields> {
  const { serviceId, userId, loginId, suite } = input;
  const salt = randomBytes(32);
  const keys = derivePasswordKeys({ ...input, salt });
  const header = { kind: 'password', serviceId, userId, suite, loginId, salt } as const;
  const passwordUnlock = sealUnlock(keys.wrapKey, header, vaultKey);
  return { keys, fields: { suite, salt, authPublicKey: authPublicKey(keys.authSeed), passwordUnlock } };
}

/** What takes the place of the present password, and of the loginId where it is another one. */
export interface NewPasswordInput extends PasswordInput {
  readonly vaultKey: Uint8Array;
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  /** Where the loginId is a new one. */
  readonly handleSignature?: Uint8Array | undefined;
}

/** A new password, sealed and ready to be sent; each challenge needs proofs of its own. */
export interface NewPassword {
  /** base64url. */
  readonly salt: string;
  readonly requestFor: (
    action: 'change-password' | 'recover',
    offered: Offered,
    authSeed: Uint8Array,
  ) => ChangePasswordRequestJson;
  readonly wipe: () => void;
}

/** Takes as long as the suite asks for. */
export function newPassword(input: NewPasswordInput): NewPassword {
  const { userId, loginId, credentialVersion, handleSignature, accountSecret } = input;
  const { keys, fields } = sealPassword(input, input.vaultKey);
  const changed = { ...fields, ...given({ handleSignature }) };
  const payload = encodePasswordFields({ ...changed, userId, credentialVersion, newLoginId: loginId });
  const moved = handleSignature === undefined ? {} : { newLoginId: loginId };
  const body = { ...toWire(changed), ...moved, credentialVersion };
  return {
    salt: body.salt,
    requestFor: (action, { context, sent }, authSeed) => {
      const seeds = { authSeed, newAuthSeed: keys.authSeed };
      const { proof, newKeySignature } = proveChange(action, payload, context, seeds);
      const proofs = toWire({ proof, authKeySignature: newKeySignature });
      return { ...body, loginId: context.loginId, challenge: sent, ...proofs };
    },
    wipe: () => {
      wipeKeys(keys);
      wipe(accountSecret);
    },
  };
}

interface RecoveryFields {
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly recoveryUnlock: Uint8Array;
}

/** A new recovery key for an account with this vault key. */
export function sealRecoveryKey(
  { serviceId, userId }: Pick<PasswordInput, 'serviceId' | 'userId'>,
  vaultKey: Uint8Array,
): NewCredentials<RecoveryFields> & { /** The 24 words. */ readonly words: string } {
  const recoveryKey = generateRecoveryKey();
  return wiping([recoveryKey], () => {
    const keys = deriveRecoveryKeys(recoveryKey);
    const recoveryUnlock = sealUnlock(keys.wrapKey, { kind: 'recovery', serviceId, userId }, vaultKey);
    const fields = { recoveryAuthPublicKey: authPublicKey(keys.authSeed), recoveryUnlock };
    return { keys, fields, words: recoveryWords(recoveryKey) };
  });
}

/** What an account is made of, or made anew: at its registration, by a reset, or with a new vault key. */
export interface AccountInput extends PasswordInput, Omit<NewKeysInput, 'vaultKey'> {}

/** Everything of an account that is made from nothing, but what depends on the server's challenge. */
export interface SealedAccount extends Pick<AccountInput, 'userId' | 'loginId' | 'vaultVersion' | 'accountSecret'> {
  readonly vaultKey: Uint8Array;
  readonly statement: VerifiedStatement;
  /** The fields as they are proven. */
  readonly fields: RegisterFields;
  /** The fields as they are sent, without the userId. */
  readonly body: Sent<Omit<RegisterFields, 'userId' | 'keysHash'>> & { readonly keys: SignedStatementJson };
  /** The 24 words. */
  readonly words: string;
  readonly passwordKeys: CredentialKeys;
  readonly recoveryKeys: CredentialKeys;
}

/** New keys, vault key, vault, password and recovery key. Takes as long as the suite asks for. */
export function sealAccount(input: AccountInput): SealedAccount {
  const { userId, loginId, vaultVersion, accountSecret } = input;
  const vaultKey = generateVaultKey();
  const password = sealPassword(input, vaultKey);
  const recovery = sealRecoveryKey(input, vaultKey);
  const { statement, ...keys } = makeKeys({ ...input, vaultKey });
  const made = { ...password.fields, ...recovery.fields, ...keys };
  return {
    ...{ userId, loginId, vaultVersion, accountSecret, vaultKey, statement },
    fields: { ...made, userId, keysHash: statement.keysHash },
    body: { ...toWire(made), keys: signedStatementJson(statement) },
    words: recovery.words,
    passwordKeys: password.keys,
    recoveryKeys: recovery.keys,
  };
}

/**
 * The proofs of an action that makes such an account, as they are sent.
 * @param presentSeed of the password that proves it; default: the new one
 */
export function proofsOf(
  { passwordKeys, recoveryKeys }: SealedAccount,
  action: 'register' | 'reset-keys' | 'rekey',
  fields: Uint8Array,
  { context, sent }: Offered,
  presentSeed?: Uint8Array,
): Sent<RegistrationProof> & { readonly challenge: string } {
  const seeds = { authSeed: passwordKeys.authSeed, recoveryAuthSeed: recoveryKeys.authSeed };
  return { challenge: sent, ...toWire(proveNewAccount(action, fields, context, seeds, presentSeed)) };
}

/** When the account is made, or is not. */
export function wipeAccount({ passwordKeys, recoveryKeys, vaultKey, accountSecret }: SealedAccount): void {
  wipeKeys(passwordKeys);
  wipeKeys(recoveryKeys);
  wipe(vaultKey, accountSecret);
}

export function wipeKeys({ authSeed, wrapKey }: CredentialKeys): void {
  wipe(authSeed, wrapKey);
}
