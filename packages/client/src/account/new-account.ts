import {
  encodeBase64Url,
  type RegisterFields,
  type RegisterRequestJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { signedStatementJson } from '../trust/chain-pin.js';
import { authPublicKey, type RegistrationProof } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { randomBytes } from '../crypto/primitives.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery-key.js';
import { generateSeeds, makeStatement, signHandle } from '../crypto/user-keys.js';
import { generateVaultKey, sealUnlock, sealVault } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError, isApiError, keeping } from '../errors.js';
import { Changes } from '../state/client-state.js';
import type { BegunAccountRecord } from '../state/records.js';
import type { Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import type { PasswordInput } from './password-keys.js';

export interface AccountDraftInput extends PasswordInput {
  /** The version of the vault: 1 at a registration. */
  readonly vaultVersion: number;
  /** The statement that the keys are to come after, though its private keys are lost; absent for version 1. */
  readonly lost?: VerifiedStatement;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Everything of an account that is made from nothing, but what depends on the server's challenge. */
export interface AccountDraft {
  readonly loginId: string;
  readonly fields: RegisterFields;
  readonly statement: VerifiedStatement;
  readonly vaultVersion: number;
  readonly vaultKey: Uint8Array;
  readonly passwordKeys: CredentialKeys;
  readonly recoveryKeys: CredentialKeys;
  /** The 24 words. */
  readonly words: string;
  readonly accountSecret: Uint8Array | undefined;
}

/** New keys, vault, password and recovery key. Takes as long as the suite asks for. */
export function makeAccountDraft(input: AccountDraftInput): AccountDraft {
  const { serviceId, userId, loginId, suite, password, accountSecret, vaultVersion, lost, now } = input;
  const salt = randomBytes(32);
  const secret = accountSecret === undefined ? {} : { accountSecret };
  const passwordKeys = derivePasswordKeys({ suite, serviceId, loginId, salt, password, ...secret });
  const recoveryKey = generateRecoveryKey();
  const recoveryKeys = deriveRecoveryKeys(recoveryKey);
  const words = recoveryWords(recoveryKey);
  const vaultKey = generateVaultKey();
  const seeds = generateSeeds();
  const statement = makeStatement({ serviceId, userId, seeds, now, ...(lost === undefined ? {} : { previous: lost }) });
  const { version, keysHash } = statement;
  const header = { serviceId, userId, vaultVersion, keyVersion: version, keysHash };
  const unlock = { kind: 'password', serviceId, userId, suite, loginId, salt } as const;
  const fields: RegisterFields = {
    userId,
    suite,
    salt,
    authPublicKey: authPublicKey(passwordKeys.authSeed),
    keysHash,
    handleSignature: signHandle({ serviceId, loginId, userId, version }, seeds.signSeed),
    vault: sealVault(vaultKey, header, { keys: [{ version, ...seeds }], records: [] }),
    passwordUnlock: sealUnlock(passwordKeys.wrapKey, unlock, vaultKey),
    recoveryAuthPublicKey: authPublicKey(recoveryKeys.authSeed),
    recoveryUnlock: sealUnlock(recoveryKeys.wrapKey, { kind: 'recovery', serviceId, userId }, vaultKey),
  };
  wipe(recoveryKey, seeds.signSeed, seeds.boxSeed, seeds.kemSeed);
  return { loginId, fields, statement, vaultVersion, vaultKey, passwordKeys, recoveryKeys, words, accountSecret };
}

/** When the draft has become an account, or has not. */
export function wipeDraft({ passwordKeys, recoveryKeys, vaultKey, accountSecret }: AccountDraft): void {
  wipe(passwordKeys.authSeed, passwordKeys.wrapKey, recoveryKeys.authSeed, recoveryKeys.wrapKey, vaultKey);
  wipe(accountSecret);
}

type Proofs = 'challenge' | 'proof' | 'authKeySignature' | 'recoveryAuthKeySignature';

/** A draft as it is sent, but for its proofs. */
export function draftJson({
  fields,
  loginId,
  statement,
}: AccountDraft): Omit<RegisterRequestJson, Proofs | 'invitation' | 'sessionName'> {
  return {
    userId: fields.userId,
    loginId,
    suite: fields.suite,
    salt: encodeBase64Url(fields.salt),
    authPublicKey: encodeBase64Url(fields.authPublicKey),
    keys: signedStatementJson(statement),
    handleSignature: encodeBase64Url(fields.handleSignature),
    vault: encodeBase64Url(fields.vault),
    passwordUnlock: encodeBase64Url(fields.passwordUnlock),
    recoveryAuthPublicKey: encodeBase64Url(fields.recoveryAuthPublicKey),
    recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
  };
}

/** The proofs of a draft as they are sent. @param challenge base64url */
export function proofsJson(challenge: string, proof: RegistrationProof): Pick<RegisterRequestJson, Proofs> {
  return {
    challenge,
    proof: encodeBase64Url(proof.proof),
    authKeySignature: encodeBase64Url(proof.authKeySignature),
    recoveryAuthKeySignature: encodeBase64Url(proof.recoveryAuthKeySignature),
  };
}

/** What the owner of a new account must get to see, for as long as it is not certain that they have. */
export class BegunAccount {
  private constructor(
    private readonly environment: Environment,
    private readonly before: BegunAccountRecord | null,
  ) {}

  /** Before the server is asked to make it: whether its answer arrives, or this program lives to see it, nobody knows. */
  static async keep(environment: Environment, { loginId, fields, words }: AccountDraft): Promise<BegunAccount> {
    const { state, address } = environment;
    const before = await state.record('begun-account');
    const record = { serviceId: address.serviceId, loginId, userId: fields.userId, recoveryWords: words };
    await state.commit(new Changes().set('begun-account', record));
    return new BegunAccount(environment, before);
  }

  /** It was refused. What an earlier attempt has left may still be true. */
  async refused(): Promise<void> {
    const { state } = this.environment;
    if (this.before === null) await forgetBegun(this.environment);
    else await state.commit(new Changes().set('begun-account', this.before), { erase: true });
  }
}

async function forgetBegun({ state }: Environment): Promise<void> {
  await state.commit(new Changes().remove('begun-account'), { erase: true });
}

/** For as long as the owner does not have them, the words stay where the next attempt finds them. */
export async function handingOver<T>(environment: Environment, open: () => Promise<T>): Promise<T> {
  return keeping(ACCOUNT_MADE, async () => {
    const opened = await open();
    await forgetBegun(environment);
    return opened;
  });
}

/** The account is there, and its words are kept. */
export const ACCOUNT_MADE =
  'The account is made, or may be: do the same again with this storage, which gives the recovery words.';

/**
 * Signs in to the account that an earlier attempt has made, where nobody knows of its success.
 * @returns its recovery words; null where there is none: the password opens no such user
 */
export async function finishBegun(
  environment: Environment,
  options: LoginInput,
  loginId: string,
): Promise<string | null> {
  const begun = await environment.state.record('begun-account');
  if (begun?.loginId !== loginId || begun.serviceId !== environment.address.serviceId) return null;
  try {
    // The userId was new and random: if the password opens that user, it was that attempt that made it.
    await keeping(ACCOUNT_MADE, () => login(environment, options, begun.userId));
  } catch (error) {
    if (!isNobody(error)) throw error;
    return null;
  }
  return begun.recoveryWords;
}

/** The password opens nothing, or somebody else's account. */
export function isNobody(error: unknown): boolean {
  const isOther = error instanceof ClientError && error.code === 'login.user-differs';
  return isOther || isApiError(error, 'auth.login-refused');
}
