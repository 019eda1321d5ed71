/** Why the server cannot have its database, in words for the administrator. Never contains a password. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}
