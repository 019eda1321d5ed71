import { createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
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

/** An access token as the server makes it, by its first signing key. */
export function accessTokenBy(
  { signingKeys }: SecretsFile,
  serviceId: string,
  session: { readonly userId: string; readonly sessionId: string; readonly issuedAt: number },
): string {
  const { userId: sub, sessionId: sid, issuedAt: iat } = session;
  const key = createPrivateKey({ key: signingKeys[0]?.jwk ?? {}, format: 'jwk' });
  const { x, y } = createPublicKey(key).export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
  const claims = { sub, sid, iss: serviceId, aud: serviceId, iat, exp: iat + 900 };
  const text = [{ alg: 'ES256', typ: 'JWT', kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** A refresh token with a true MAC over whatever the first 52 bytes are to say. */
export function forgeRefreshToken(secrets: SecretsFile, signed: Uint8Array): string {
  const mac = hmac(secrets.refreshKey, concat(tag('refresh/v1'), signed));
  return encodeBase64Url(concat(signed, mac.subarray(0, 16)));
}

function hmac(key: string, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', requireBase64Url(key, 'key')).update(message).digest());
}
