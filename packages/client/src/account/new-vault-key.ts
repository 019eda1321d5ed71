import {
  encodeBase64Url,
  encodeRekeyFields,
  type RekeyFields,
  type RekeyRequestJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { newestOf } from '../trust/chain.js';
import { signedStatementJson } from '../trust/chain-pin.js';
import {
  authPayloadHash,
  authPublicKey,
  proveAction,
  signNewAuthKey,
  type ProofContext,
} from '../crypto/auth-proof.js';
import { sealEscrow } from '../crypto/escrow.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { randomBytes } from '../crypto/primitives.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery-key.js';
import { generateSeeds, makeStatement, signHandle, wipeSeeds } from '../crypto/user-keys.js';
import { generateVaultKey, sealUnlock, sealVault } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import type { OpenedVault } from '../keys/vault-box.js';
import type { TrustedEscrow } from './escrow-membership.js';
import type { PasswordInput } from './password-keys.js';

export interface NewVaultKeyInput extends PasswordInput {
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  /** The keys as they are now. */
  readonly opened: OpenedVault;
  readonly compromised: boolean;
  readonly escrow: TrustedEscrow | null;
  /** The clock, Unix milliseconds. */
  readonly now: number;
}

/** A new vault key and everything that hangs on it, sealed and ready to be sent; each challenge needs its own proofs. */
export class NewVaultKey {
  readonly vaultKey = generateVaultKey();
  /** The new recovery key, as people write it down. */
  readonly words: string;
  readonly statement: VerifiedStatement;
  readonly vaultVersion: number;
  readonly #fields: RekeyFields;
  readonly #passwordKeys: CredentialKeys;
  readonly #recoveryKeys: CredentialKeys;
  readonly #escrow: Pick<RekeyRequestJson, 'escrow'>;

  /** Takes as long as the password suite asks for. */
  constructor(private readonly input: NewVaultKeyInput) {
    const { serviceId, userId, loginId, suite, password, accountSecret, opened, escrow } = input;
    const salt = randomBytes(32);
    const secret = accountSecret === undefined ? {} : { accountSecret };
    this.#passwordKeys = derivePasswordKeys({ suite, serviceId, loginId, salt, password, ...secret });
    const recoveryKey = generateRecoveryKey();
    this.#recoveryKeys = deriveRecoveryKeys(recoveryKey);
    this.words = recoveryWords(recoveryKey);
    wipe(recoveryKey);
    this.vaultVersion = opened.vaultVersion + 1;
    const { statement, handleSignature, vault } = this.#nextKeys();
    this.statement = statement;
    const header = { kind: 'password', serviceId, userId, suite, loginId, salt } as const;
    this.#fields = {
      userId,
      credentialVersion: input.credentialVersion,
      suite,
      salt,
      authPublicKey: authPublicKey(this.#passwordKeys.authSeed),
      keysHash: statement.keysHash,
      handleSignature,
      vault,
      passwordUnlock: sealUnlock(this.#passwordKeys.wrapKey, header, this.vaultKey),
      recoveryAuthPublicKey: authPublicKey(this.#recoveryKeys.authSeed),
      recoveryUnlock: sealUnlock(this.#recoveryKeys.wrapKey, { kind: 'recovery', serviceId, userId }, this.vaultKey),
    };
    this.#escrow = escrow === null ? {} : { escrow: this.#wrapFor(escrow) };
  }

  /** The vault, base64url. */
  get vault(): string {
    return encodeBase64Url(this.#fields.vault);
  }

  /** Whether a challenge of the server's shows that the account has this very vault key: the salt is nobody else's. */
  isIn({ salt }: { readonly salt: Uint8Array }): boolean {
    return encodeBase64Url(salt) === encodeBase64Url(this.#fields.salt);
  }

  /** @param authSeed of the present password */
  requestFor(context: ProofContext, authSeed: Uint8Array): RekeyRequestJson {
    const fields = this.#fields;
    const payloadHash = authPayloadHash('rekey', encodeRekeyFields(fields));
    const own = ({ authSeed: seed }: CredentialKeys): string =>
      encodeBase64Url(signNewAuthKey(seed, context.challenge, payloadHash));
    return {
      loginId: context.loginId,
      credentialVersion: fields.credentialVersion,
      suite: fields.suite,
      salt: encodeBase64Url(fields.salt),
      authPublicKey: encodeBase64Url(fields.authPublicKey),
      keys: signedStatementJson(this.statement),
      handleSignature: encodeBase64Url(fields.handleSignature),
      vault: this.vault,
      vaultVersion: this.vaultVersion,
      passwordUnlock: encodeBase64Url(fields.passwordUnlock),
      recoveryAuthPublicKey: encodeBase64Url(fields.recoveryAuthPublicKey),
      recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
      ...this.#escrow,
      challenge: encodeBase64Url(context.challenge),
      proof: encodeBase64Url(proveAction('rekey', context, payloadHash, authSeed)),
      authKeySignature: own(this.#passwordKeys),
      recoveryAuthKeySignature: own(this.#recoveryKeys),
    };
  }

  wipe(): void {
    const { authSeed, wrapKey } = this.#passwordKeys;
    wipe(this.vaultKey, authSeed, wrapKey, this.#recoveryKeys.authSeed, this.#recoveryKeys.wrapKey);
    wipe(this.input.accountSecret);
  }

  /** The next key version, and the vault that holds it and all earlier ones. */
  #nextKeys(): Pick<RekeyFields, 'handleSignature' | 'vault'> & { readonly statement: VerifiedStatement } {
    const { serviceId, userId, loginId, opened, compromised, now } = this.input;
    const { chain, content } = opened;
    const signing = content.keys.at(-1);
    if (signing === undefined) throw new ClientError('vault.refused', 'The vault holds no keys');
    const seeds = generateSeeds();
    const previous = newestOf(chain);
    const flag = compromised ? { earlierKeysCompromised: true } : {};
    const keys = { serviceId, userId, seeds, previous, previousSignSeed: signing.signSeed, now };
    const statement = makeStatement({ ...keys, ...flag });
    const { version, keysHash } = statement;
    const header = { serviceId, userId, vaultVersion: this.vaultVersion, keyVersion: version, keysHash };
    const vault = sealVault(this.vaultKey, header, { ...content, keys: [...content.keys, { version, ...seeds }] });
    const handleSignature = signHandle({ serviceId, loginId, userId, version }, seeds.signSeed);
    wipeSeeds(seeds);
    return { statement, handleSignature, vault };
  }

  #wrapFor({ publicKey, fingerprint }: TrustedEscrow): NonNullable<RekeyRequestJson['escrow']> {
    const { serviceId, userId } = this.input;
    const unlock = sealEscrow(publicKey, { serviceId, userId }, this.vaultKey);
    return { fingerprint: encodeBase64Url(fingerprint), unlock: encodeBase64Url(unlock) };
  }
}
