import {
  LENGTHS,
  LIMITS,
  MESSAGE_SUITES,
  type AckJson,
  type AckRequestJson,
  type InboxJson,
  type MailboxEntryJson,
  type MessageSuite,
  type RecipientJson,
} from '@sealpost/protocol';
import {
  AfterParameter,
  ArrayField,
  Base64UrlField,
  encodeBytes,
  EnumField,
  IntegerField,
  IntegerParameter,
  LimitParameter,
  NextField,
  UuidField,
  TimeField,
} from '../../../core/http/index.js';
import type { MailboxEntry } from '../message.js';
import type { MailboxPage } from '../mailbox.repository.js';
import { RecipientDto } from './send.dto.js';

const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;
const MAX_VERSION = 0xffff_ffff;
export const PAGE_LIMIT = { default: 50, max: 100 };
/** No setting allows a longer wait. */
const MAX_WAIT_SECONDS = 30;

export class InboxQuery {
  @AfterParameter('sequence')
  readonly after: number = 0;

  @LimitParameter(PAGE_LIMIT)
  readonly limit: number = PAGE_LIMIT.default;

  @UuidField({ version: '4|7', optional: true, description: 'Only entries of this conversation.' })
  readonly conversationId?: string;

  @IntegerParameter({
    min: 0,
    max: MAX_WAIT_SECONDS,
    optional: true,
    default: 0,
    description: 'Seconds to wait for the first new entry where there is none.',
  })
  readonly wait: number = 0;
}

export class MessageParams {
  @UuidField({ description: 'The id of a message in your mailbox.' })
  readonly id!: string;
}

export class MailboxEntryView implements MailboxEntryJson {
  @IntegerField({
    min: 1,
    max: MAX_SEQUENCE,
    description: 'Position in your mailbox. Positions grow by one; deleted and expired messages leave holes.',
  })
  readonly sequence: number;

  @UuidField({ description: "The sender's id for the message." })
  readonly id: string;

  @UuidField({ version: '4|7', description: 'The conversation.' })
  readonly conversationId: string;

  @EnumField({ values: MESSAGE_SUITES, name: 'MessageSuite', description: 'How the message is encrypted.' })
  readonly suite: MessageSuite;

  @UuidField({ description: 'Who sent it, as the server saw it. Only decryption proves it.' })
  readonly senderId: string;

  @IntegerField({ min: 1, max: MAX_VERSION, description: "The sender's key version." })
  readonly senderKeyVersion: number;

  @IntegerField({
    min: 2,
    max: MAX_VERSION,
    optional: true,
    description:
      "The sender's newest key version when the entry was read; only where it is above `senderKeyVersion`. Fetch the statements up to it (`GET /v1/users/{id}/keys`) before you open the message: they may say that earlier keys are compromised. Only a hint, which proves nothing.",
  })
  readonly senderNewestKeyVersion?: number;

  @ArrayField(() => RecipientDto, {
    minItems: 1,
    maxItems: LIMITS.recipients,
    description: 'All recipients and their key versions, as the sender stated them.',
  })
  readonly recipients: readonly RecipientJson[];

  @Base64UrlField({ minLength: 1, maxLength: LIMITS.ciphertextBytes, description: 'The envelope or the ciphertext.' })
  readonly ciphertext: string;

  @Base64UrlField({ length: LENGTHS.nonce, optional: true, description: 'Only of `box`.' })
  readonly nonce?: string;

  @TimeField({ description: 'When the server accepted the message.' })
  readonly receivedAt: number;

  @TimeField({ optional: true, description: 'When the message expires.' })
  readonly expiresAt?: number;

  constructor(entry: MailboxEntry) {
    this.sequence = entry.sequence;
    this.id = entry.id;
    this.conversationId = entry.conversationId;
    this.suite = entry.suite;
    this.senderId = entry.senderId;
    this.senderKeyVersion = entry.senderKeyVersion;
    if (entry.senderNewestKeyVersion !== undefined) this.senderNewestKeyVersion = entry.senderNewestKeyVersion;
    this.recipients = entry.recipients;
    this.ciphertext = encodeBytes(entry.ciphertext);
    if (entry.nonce !== undefined) this.nonce = encodeBytes(entry.nonce);
    this.receivedAt = entry.receivedAt;
    if (entry.expiresAt !== undefined) this.expiresAt = entry.expiresAt;
  }
}

export class InboxView implements InboxJson {
  @ArrayField(() => MailboxEntryView, {
    minItems: 0,
    maxItems: PAGE_LIMIT.max,
    description: 'Entries, ascending by sequence.',
  })
  readonly items: readonly MailboxEntryView[];

  @NextField('after')
  readonly next?: number;

  @IntegerField({
    min: 0,
    max: MAX_SEQUENCE,
    description:
      'The newest sequence of your mailbox. If it is below one that you have read before, the server shows an older state, e.g. of a backup.',
  })
  readonly lastSequence: number;

  @IntegerField({ min: 0, max: MAX_SEQUENCE, description: 'How far you have acknowledged, on any device.' })
  readonly acknowledgedUpTo: number;

  constructor(page: MailboxPage) {
    this.items = page.entries.map((entry) => new MailboxEntryView(entry));
    const last = page.entries.at(-1);
    if (page.hasMore && last !== undefined) this.next = last.sequence;
    this.lastSequence = page.lastSequence;
    this.acknowledgedUpTo = page.acknowledgedUpTo;
  }
}

export class AckDto implements AckRequestJson {
  @IntegerField({
    min: 0,
    max: MAX_SEQUENCE,
    description: 'The highest sequence that you have dealt with. A lower one than before changes nothing.',
  })
  readonly upTo!: number;
}

export class AckView implements AckJson {
  @IntegerField({ min: 0, max: MAX_SEQUENCE, description: 'The acknowledged position now.' })
  readonly acknowledgedUpTo: number;

  constructor(acknowledgedUpTo: number) {
    this.acknowledgedUpTo = acknowledgedUpTo;
  }
}
