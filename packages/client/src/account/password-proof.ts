import { encodeBase64Url } from '@sealpost/protocol';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { wipe } from '../crypto/wipe.js';
import type { Challenge } from './challenge.js';

interface Owner {
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
    private readonly owner: Owner,
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
