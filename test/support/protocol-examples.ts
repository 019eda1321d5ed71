import { ProtocolError } from '@sealpost/protocol';
import { vectors } from './vector-files.js';

/** One valid value of each form that the protocol writes, and what is said where one is refused. */

/** `<member>: <reason>`, or `none`. */
export function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.field}: ${error.reason}`;
    throw error;
  }
  return 'none';
}

export const [userId, conversationId] = [vectors.message.parties.alice.userId, vectors.box.conversationId];
export const { messageId } = vectors.box;
export const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);
export const rcpt = { userId, keyVersion: 1, keysHash: bytes(32) };
export const other = { ...rcpt, userId: vectors.message.parties.bob.userId };
export const context = { serviceId: 'msg.example', loginId: 'alice', requestId: userId, deviceName: 'Phone' };
export const offer = { kemPublicKey: bytes(1216), deviceNonce: bytes(32), sessionKey: bytes(32) };
export const sealed = { enc: bytes(1120), ciphertext: bytes(119) };
export const slot = { kid: bytes(16), enc: bytes(1120), wrappedKey: bytes(48) };
export const envelope = {
  messageId,
  conversationId,
  nonce: bytes(24),
  commit: bytes(32),
  slots: [slot],
  body: bytes(16),
};
export const statement = {
  serviceId: 'msg.example',
  userId,
  version: 2,
  signingPublicKey: bytes(32),
  boxPublicKey: bytes(32),
  kemPublicKey: bytes(1216),
  createdAt: 1,
  recovery: true,
  earlierKeysCompromised: true,
  previousKeysHash: bytes(32),
  entries: [{ type: 1, value: bytes(1) }],
};
export const message = {
  messageId,
  conversationId,
  sender: rcpt,
  streamId: conversationId,
  seq: 2,
  prevHash: bytes(32),
  dependencies: [{ streamId: conversationId, seq: 1, hash: bytes(32) }],
  sentAt: 1,
  recipients: [rcpt, other].toSorted((a, b) => (a.userId < b.userId ? -1 : 1)),
  commit: bytes(32),
  contentType: 'text/plain',
  content: bytes(1),
};
export const boxMessage = {
  suite: 'box',
  messageId,
  conversationId,
  sender: rcpt,
  recipient: rcpt,
  contentType: 'a',
} as const;
export const seeds = { version: 1, signSeed: bytes(32), boxSeed: bytes(32), kemSeed: bytes(32) };
export const handover = {
  vaultKey: bytes(32),
  rootHash: bytes(32),
  suite: 1,
  vaultVersion: 1,
  accountSecret: bytes(32),
};
export const account = {
  userId,
  suite: 1,
  salt: bytes(32),
  authPublicKey: bytes(32),
  keysHash: bytes(32),
  handleSignature: bytes(64),
  vault: bytes(9),
  passwordUnlock: bytes(9),
  recoveryAuthPublicKey: bytes(32),
  recoveryUnlock: bytes(9),
};
export const credentials = { userId, credentialVersion: 1 };
