import { decodeBase64Url } from '@sealpost/protocol';
import { constantTimeEqual } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import type { AccountRecord } from '../state/records.js';

const LENGTH = 32;

/**
 * The account secret to derive with. A client that holds one never derives without it (protocol section 2), because a
 * server could then test passwords against what such a log-in gives away.
 * @returns a copy, which whoever asked for it wipes
 */
export function chooseAccountSecret(
  given: Uint8Array | undefined,
  account: AccountRecord | null,
): Uint8Array | undefined {
  if (given !== undefined && given.length !== LENGTH) {
    throw new ClientError('client.invalid-argument', `An account secret has ${LENGTH} bytes`);
  }
  const held = account?.accountSecret === undefined ? undefined : decodeBase64Url(account.accountSecret);
  if (held === null) throw new ClientError('storage.damaged', 'The stored account secret is not base64url');
  if (held === undefined) return given?.slice();
  if (given !== undefined && !constantTimeEqual(given, held)) {
    throw new ClientError('login.account-secret-differs', 'This device holds another account secret');
  }
  return held;
}
