/** HMAC-SHA256 under one secret of the server, and the comparison that goes with it. */
export interface SecretMac {
  /** 32 bytes. */
  authenticate(message: Uint8Array): Uint8Array;
  /** In a time that depends on the lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

interface Crypto {
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

export function secretMac(crypto: Crypto, key: Uint8Array): SecretMac {
  return {
    authenticate: (message) => crypto.hmacSha256(key, message),
    equal: (a, b) => crypto.equal(a, b),
  };
}
