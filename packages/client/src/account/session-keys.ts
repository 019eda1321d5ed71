import { encodeBase64Url, requireBase64Url, sessionKeyThumbprintBytes } from '@sealpost/protocol';
import { randomBytes, sha256, sign, signingPublicKey } from '../crypto/primitives.js';
import { wiping } from '../crypto/wipe.js';
import { sessionKeyLost } from '../errors.js';
import type { SessionKey } from '../http/session-proof.js';
import type { ClientState } from '../state/client-state.js';
import type { SessionKeyRecord } from '../state/records.js';

/** A key that no session is bound to yet, and what the storage has to keep for it together with the session. */
export interface NewSessionKey extends SessionKey {
  readonly record: SessionKeyRecord;
}

/**
 * A new key for a new session: one that cannot be taken out where the storage can hold such, else a seed. It counts once
 * its record is kept.
 */
export async function newSessionKey(state: ClientState): Promise<NewSessionKey> {
  const held = await state.heldKeys?.generate();
  if (held !== undefined && held !== null) return { ...held.key, record: { held: held.id } };
  const seed = randomBytes(32);
  return wiping([seed], () => {
    const text = encodeBase64Url(seed);
    return { ...keyOfSeed(text), record: { seed: text } };
  });
}

/**
 * The key of the session that is kept; null where that is bound to none.
 * @throws ClientError `session.key-lost`
 */
export async function presentSessionKey(state: ClientState): Promise<SessionKey | null> {
  const record = await state.record('proof-key');
  if (record === null) return null;
  if ('seed' in record) return keyOfSeed(record.seed);
  const key = await state.heldKeys?.find(record.held);
  if (key === undefined || key === null) throw sessionKeyLost();
  return key;
}

/** RFC 7638, 32 bytes. */
export function thumbprintOf({ publicKey }: SessionKey): Uint8Array {
  return sha256(sessionKeyThumbprintBytes(publicKey));
}

function keyOfSeed(text: string): SessionKey {
  const bytes = () => requireBase64Url(text, 'seed', 32);
  const once = bytes();
  return {
    publicKey: wiping([once], () => signingPublicKey(once)),
    sign: async (message) => {
      const seed = bytes();
      return wiping([seed], () => sign(message, seed));
    },
  };
}
