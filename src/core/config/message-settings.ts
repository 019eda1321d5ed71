import { LIMITS } from '@sealpost/protocol';
import type { SettingsTable } from './setting-definition.js';
import { integer } from './setting-values.js';

const DAY_SECONDS = 86_400;
const GIB = 1024 ** 3;
const MANY = 1_000_000_000_000;

export const messageSettings = {
  maxMessageTtlSeconds: {
    variable: 'SEALPOST_MAX_MESSAGE_TTL_SECONDS',
    group: 'messages',
    parser: integer(60, 3650 * DAY_SECONDS),
    fallback: () => 365 * DAY_SECONDS,
    description:
      'The largest `expiresInSeconds` that a sender may ask for. Messages without one are kept until every recipient has ' +
      'deleted them.',
    example: '2592000',
  },
  mailboxMaxMessages: {
    variable: 'SEALPOST_MAILBOX_MAX_MESSAGES',
    group: 'messages',
    parser: integer(1, MANY),
    fallback: () => 1_000_000,
    description:
      'How many messages a mailbox holds at most. Beyond that its senders get a 409 `messages.mailbox-full`.',
    example: '50000',
  },
  mailboxMaxBytes: {
    variable: 'SEALPOST_MAILBOX_MAX_BYTES',
    group: 'messages',
    parser: integer(LIMITS.ciphertextBytes, MANY),
    fallback: () => 4 * GIB,
    description: 'How many bytes of ciphertext the messages of a mailbox add up to at most.',
    example: '1073741824',
  },
  sendQueueMessages: {
    variable: 'SEALPOST_SEND_QUEUE_MESSAGES',
    group: 'messages',
    parser: integer(1, 100_000),
    fallback: () => 1000,
    description:
      'How many messages may wait in this process to be stored. Beyond that senders get a 503 `server.overloaded` at ' +
      'once, instead of an answer that comes late.',
    example: '4000',
  },
  longPollMaxSeconds: {
    variable: 'SEALPOST_LONG_POLL_MAX_SECONDS',
    group: 'messages',
    parser: integer(0, 30),
    fallback: () => 30,
    description: 'The longest that a request for messages may wait for the first new one.',
    example: '20',
  },
} as const satisfies Partial<SettingsTable>;
