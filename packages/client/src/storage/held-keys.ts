import type { SessionKey } from '../http/session-proof.js';

/** A key that was made in a storage, and under which id it is found there again. */
export interface HeldKey {
  readonly id: string;
  readonly key: SessionKey;
}

/** Signing keys that a storage can use and not hand out: whoever reads the storage cannot take them along. */
export interface HeldKeys {
  /** null where this environment cannot make such a key. */
  generate(): Promise<HeldKey | null>;

  find(id: string): Promise<SessionKey | null>;

  /** Removes all others. @param id null: all */
  keepOnly(id: string | null): Promise<void>;
}
