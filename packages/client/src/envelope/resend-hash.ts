import { encodeSignedMessage, LENGTHS, type SignedMessage } from '@sealpost/protocol';

import { sha256 } from '../crypto/primitives.js';

/**
 * What stays the same in a resend after a key-version conflict, as a hash: TBS without the recipients' versions and the
 * commit. Two messages of a stream with the same one are the same message (section 8.5), and either hash may follow.
 */
export function resendHashOf(message: SignedMessage): Uint8Array {
  const recipients = message.recipients.map(({ userId }) => ({
    userId,
    keyVersion: 0,
    keysHash: new Uint8Array(LENGTHS.hash),
  }));
  return sha256(encodeSignedMessage({ ...message, recipients, commit: new Uint8Array(LENGTHS.commit) }));
}
