import type { CryptoService } from '../crypto/index.js';
import type { ServerSecrets } from '../secrets/index.js';

const KEY_BYTES = 16;

/**
 * Under which name the database knows a limit: a MAC, the same on all replicas, so that neither addresses nor loginIds
 * stand in the table, and nobody who reads it can find them by trying.
 */
export function rateLimitKey(key: string, crypto: CryptoService, secrets: ServerSecrets): Uint8Array {
  return crypto
    .hmacSha256(secrets.decoyKey, Buffer.from(`sealpost/rate-limit/v1\0${key}`, 'utf8'))
    .subarray(0, KEY_BYTES);
}
