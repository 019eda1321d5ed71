import type { SessionKey } from '../http/session-proof.js';

const ED25519 = { name: 'Ed25519' } as const;

/** A pair of WebCrypto keys whose private half cannot be exported; null where the environment knows no Ed25519. */
export async function generateWebCryptoKey(): Promise<CryptoKeyPair | null> {
  try {
    return await globalThis.crypto.subtle.generateKey(ED25519, false, ['sign', 'verify']);
  } catch {
    // There is no WebCrypto outside secure contexts, and older ones have no Ed25519.
    return null;
  }
}

export async function sessionKeyOfPair({ privateKey, publicKey }: CryptoKeyPair): Promise<SessionKey> {
  const { subtle } = globalThis.crypto;
  return {
    publicKey: new Uint8Array(await subtle.exportKey('raw', publicKey)),
    sign: async (message) => new Uint8Array(await subtle.sign(ED25519, privateKey, new Uint8Array(message))),
  };
}
