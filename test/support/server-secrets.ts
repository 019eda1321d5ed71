import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonWebKey } from 'node:crypto';
import { challengeMacBytes, concat, encodeBase64Url, requireBase64Url, tag } from '@sealpost/protocol';
import type { TestServer } from './server.js';

/** What lies in a server's secrets file, read by a test that plays the server. */
export interface SecretsFile {
  readonly challengeKey: string;
  readonly decoyKey: string;
  readonly refreshKey: string;
  readonly signingKeys: readonly { readonly jwk: JsonWebKey }[];
}

export async function readSecrets(server: TestServer): Promise<SecretsFile> {
  return JSON.parse(await readFile(join(server.dataDir, 'secrets.json'), 'utf8')) as SecretsFile;
}

/** A challenge as the server issues it, of a time of one's own. */
export function forgeChallenge(secrets: SecretsFile, loginId: string, unixSeconds: number): string {
  const head = new Uint8Array(16);
  head.set(randomBytes(12), 4);
  new DataView(head.buffer).setUint32(0, unixSeconds);
  const mac = hmac(secrets.challengeKey, challengeMacBytes(loginId, head));
  return encodeBase64Url(concat(head, mac.subarray(0, 16)));
}

/** A refresh token with a true MAC over whatever the first 52 bytes are to say. */
export function forgeRefreshToken(secrets: SecretsFile, signed: Uint8Array): string {
  const mac = hmac(secrets.refreshKey, concat(tag('refresh/v1'), signed));
  return encodeBase64Url(concat(signed, mac.subarray(0, 16)));
}

function hmac(key: string, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', requireBase64Url(key, 'key')).update(message).digest());
}
