/**
 * `held`: somebody else has the lock, or it cannot be ruled out. `lost`: it was taken from its owner. `unusable`: the
 * folder cannot hold a lock; the cause has the system's code.
 */
export type FileLockErrorCode = 'held' | 'lost' | 'unusable';

export class FileLockError extends Error {
  override readonly name = 'FileLockError';

  constructor(
    readonly code: FileLockErrorCode,
    /** Who has it and what to do, for people. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The system's code of an error of Node's, e.g. ENOENT, or an empty string. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
