/**
 * Overwrites secrets with zeros. The copies that the engine's garbage collector and libsodium's heap may hold are out of
 * reach: this shortens the life of a secret, it does not end it for certain.
 * @param secrets undefined: one that the account does not have
 */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

/** Runs `work` with secrets that are wiped afterwards, whatever happens. */
export function wiping<T>(secrets: readonly Uint8Array[], work: () => T): T {
  try {
    return work();
  } finally {
    wipe(...secrets);
  }
}
