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
      'deleted them, unless `SEALPOST_MAILBOX_MAX_AGE_SECONDS` is set.',
    example: '2592000',
  },
  mailboxMaxAgeSeconds: {
    variable: 'SEALPOST_MAILBOX_MAX_AGE_SECONDS',
    group: 'messages',
    parser: integer(60, 3650 * DAY_SECONDS),
    fallback: () => undefined,
    fallbackText: 'no limit',
    description:
      'How long any message stays. A sender may not ask for longer, and messages without `expiresInSeconds` expire after ' +
      'this time. It counts for messages accepted from now on; of this and `SEALPOST_MAX_MESSAGE_TTL_SECONDS` the ' +
      'smaller one limits `expiresInSeconds`.',
    example: '7776000',
  },
  deleteAfterAckSeconds: {
    variable: 'SEALPOST_DELETE_AFTER_ACK_SECONDS',
    group: 'messages',
    parser: integer(0, 3650 * DAY_SECONDS),
    fallback: () => undefined,
    fallbackText: 'never',
    description:
      'Deletes the messages that a user has acknowledged from that mailbox: not before so many seconds after the ' +
      'acknowledgement, which are for the other devices of the user, and at the latest after twice as many. `0` deletes ' +
      'them within seconds.',
    example: '604800',
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
  readersPerAccount: {
    variable: 'SEALPOST_READERS_PER_ACCOUNT',
    group: 'messages',
    parser: integer(1, 100_000),
    fallback: () => 50,
    description:
      'How many open streams and waiting reads an account may have at this process. Beyond that the answer is a 429 ' +
      '`messages.too-many-readers`.',
    example: '20',
  },
  streamHeartbeatSeconds: {
    variable: 'SEALPOST_STREAM_HEARTBEAT_SECONDS',
    group: 'messages',
    parser: integer(1, 300),
    fallback: () => 15,
    description:
      'After how many silent seconds an open stream gets a heartbeat. Keep it below the time after which proxies close ' +
      'silent connections.',
    example: '25',
  },
  streamSlowSeconds: {
    variable: 'SEALPOST_STREAM_SLOW_SECONDS',
    group: 'messages',
    parser: integer(1, 600),
    fallback: () => 30,
    description:
      'How many seconds the reader of a stream has to take what was sent to it. One that is slower is disconnected, and ' +
      'goes on from where it was when it connects again.',
    example: '60',
  },
} as const satisfies Partial<SettingsTable>;
