import { type ErrorExtensions, type KeyStatementJson, LENGTHS, LIMITS, type RotationDueJson } from '@sealpost/protocol';
import type { EnvelopeRefusal } from '../../core/crypto/index.js';
import { DomainError } from '../../core/errors.js';

const REFUSALS: Readonly<Record<EnvelopeRefusal['reason'], string>> = {
  malformed: 'The ciphertext is not an envelope of the stated suite.',
  'invalid-key': 'The ephemeral public key of the sealed box is not a valid X25519 key.',
  'wrong-slot': 'A slot of the envelope is not for the stated key version of its recipient.',
  'wrong-message-id': 'The envelope names another message id than the request.',
  'wrong-conversation-id': 'The envelope names another conversation than the request.',
  'wrong-slot-count': 'The envelope has not exactly one slot for each recipient.',
  'wrong-recipient-count': 'The suite does not allow this number of recipients.',
  'duplicate-recipient': 'A recipient is named more than once.',
  'too-long': `The ciphertext is longer than ${LIMITS.ciphertextBytes} bytes.`,
  'too-short': 'The ciphertext is shorter than that of an empty content.',
  'nonce-missing': 'The suite needs a nonce.',
  'nonce-not-allowed': 'The suite has no nonce of its own.',
  'nonce-length': `The nonce must be ${LENGTHS.nonce} bytes.`,
};

/** The problem carries the typed reason, and where there is one its cause, the envelope's member and the slot. */
export function envelopeRefused(refusal: EnvelopeRefusal): DomainError {
  const { pointer, ...extensions } = refusal;
  return new DomainError('messages.envelope-refused', REFUSALS[refusal.reason], { pointer, extensions });
}

export function recipientUnknown(index: number): DomainError {
  return new DomainError(
    'messages.recipient-unknown',
    'This recipient does not exist. Nothing was delivered to anybody.',
    { pointer: `/recipients/${index}/userId` },
  );
}

export function recipientErased(index: number): DomainError {
  return new DomainError(
    'messages.recipient-erased',
    'The account of this recipient was erased. Nothing was delivered to anybody.',
    { pointer: `/recipients/${index}/userId` },
  );
}

/** @param statements the newest statement of each party whose stated version is another one */
export function staleKeyVersion(pointer: string, statements: readonly KeyStatementJson[]): DomainError {
  return new DomainError(
    'messages.stale-key-version',
    'A stated key version is not the newest. Verify the statements given here, encrypt again and repeat.',
    { pointer, extensions: { statements } },
  );
}

/** The sender's newest keys are older than the service allows. */
export function rotationDue(rotation: RotationDueJson): DomainError {
  return new DomainError(
    'keys.rotation-due',
    'Your newest keys are older than this service allows. Rotate them, encrypt again and repeat.',
    { pointer: '/senderKeyVersion', extensions: { rotation } },
  );
}

export function idConflict(): DomainError {
  return new DomainError(
    'messages.id-conflict',
    'A different message has this id already. Use a new UUIDv7 for each message.',
    { pointer: '/id' },
  );
}

export function messageNotFound(): DomainError {
  return new DomainError(
    'messages.not-found',
    'Your mailbox has no message of this id. It may have been deleted or have expired.',
  );
}

export function ackOutOfRange(): DomainError {
  return new DomainError(
    'messages.ack-out-of-range',
    'Your mailbox has not reached this sequence yet. Acknowledge only what you have read.',
    { pointer: '/upTo' },
  );
}

export function lifetimeTooLong(maxSeconds: number): DomainError {
  return new DomainError('request.invalid', `must be between 1 and ${maxSeconds}`, { pointer: '/expiresInSeconds' });
}

/** @param limit which of the limits of a mailbox was reached */
export function mailboxFull(index: number, limit: ErrorExtensions<'messages.mailbox-full'>['limit']): DomainError {
  return new DomainError(
    'messages.mailbox-full',
    `The mailbox of this recipient is full: it takes ${limit.is} ${limit.of} and no more. Nothing was delivered to anybody.`,
    { pointer: `/recipients/${index}/userId`, extensions: { limit } },
  );
}

export function overloaded(): DomainError {
  return new DomainError('server.overloaded', 'Too many messages wait to be stored. Repeat the request.', {
    retryAfterSeconds: 1,
  });
}

export function tooManyReaders(): DomainError {
  return new DomainError(
    'messages.too-many-readers',
    'Your account has too many open streams and waiting reads. Close one of them.',
    { retryAfterSeconds: 1 },
  );
}

export function lastEventIdMalformed(): DomainError {
  return new DomainError(
    'request.invalid',
    'The header Last-Event-ID must be the id of an event of this stream: a decimal integer.',
  );
}
