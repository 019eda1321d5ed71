import {
  ApiError,
  ClientError,
  isApiError,
  RestoredAccountWarning,
  type SealpostError,
  SharedStateWarning,
} from '../errors.js';

/** False for what has nothing to do with the entry and may pass: then the inbox stops at it, and can be asked again. */
export function isAboutEntry(error: SealpostError): boolean {
  // What was not the service's own answer, or none that counts, says nothing about the entry.
  if (error.code.startsWith('client.') || error.code.startsWith('storage.')) return false;
  // The user decides on that first, and the entry is opened afterwards.
  if (error instanceof SharedStateWarning || error instanceof RestoredAccountWarning) return false;
  if (isApiError(error, 'server.internal', 'server.unavailable')) return false;
  if (error instanceof ApiError) return error.status < 500 && ![401, 408, 429].includes(error.status);
  return !isAboutVault(error);
}

/** The user's own vault cannot be opened: then every entry would be refused, and none for what it is. */
export function isAboutVault(error: unknown): boolean {
  return error instanceof ClientError && error.code.startsWith('vault.');
}
