import {
  LENGTHS,
  LIMITS,
  MESSAGE_SUITES,
  type MessageSuite,
  type DeliveryJson,
  type RecipientJson,
  type SendJson,
  type SendRequestJson,
} from '@sealpost/protocol';
import {
  ArrayField,
  Base64UrlField,
  type Decoded,
  EnumField,
  IntegerField,
  UuidField,
  TimeField,
} from '../../../core/http/index.js';
import type { OutgoingMessage, Receipt } from '../message.js';

const MAX_VERSION = 0xffff_ffff;
const MAX_TIME = Number.MAX_SAFE_INTEGER;

export class RecipientDto implements RecipientJson {
  @UuidField({ description: 'A recipient.' })
  readonly userId!: string;

  @IntegerField({
    min: 1,
    max: MAX_VERSION,
    description: 'The key version that the message is encrypted to; it must be the newest.',
  })
  readonly keyVersion!: number;
}

export class SendMessageDto implements Decoded<SendRequestJson, 'ciphertext' | 'nonce'> {
  @UuidField({
    description: "The sender's id for the message. Repeating a request with the same id and content is safe.",
  })
  readonly id!: string;

  @UuidField({ version: '4|7', description: 'The conversation, of version 4 or 7.' })
  readonly conversationId!: string;

  @EnumField({
    values: MESSAGE_SUITES,
    name: 'MessageSuite',
    description:
      'How the message is encrypted. `sealpost-v1` is signed and hybrid post-quantum. `box` and `sealed-box` are the plain libsodium suites for one recipient: no post-quantum protection, no padding, no ordering, and a sealed box has no authenticated sender.',
  })
  readonly suite!: MessageSuite;

  @IntegerField({ min: 1, max: MAX_VERSION, description: "The sender's key version; it must be the newest." })
  readonly senderKeyVersion!: number;

  @ArrayField(() => RecipientDto, {
    minItems: 1,
    maxItems: LIMITS.recipients,
    description: 'Distinct recipients, one for `box` and `sealed-box`. The sender may be one, to keep a copy.',
  })
  readonly recipients!: readonly RecipientDto[];

  @Base64UrlField({
    minLength: 1,
    maxLength: LIMITS.ciphertextBytes,
    description: 'The envelope of `sealpost-v1`, or the ciphertext of `box` or `sealed-box`.',
  })
  readonly ciphertext!: Uint8Array;

  @Base64UrlField({
    length: LENGTHS.nonce,
    optional: true,
    description: 'Required for `box`, not allowed for the other suites.',
  })
  readonly nonce?: Uint8Array;

  @IntegerField({
    min: 1,
    max: MAX_VERSION,
    optional: true,
    description: 'Seconds until the server deletes the message. Without it the message stays until it is deleted.',
  })
  readonly expiresInSeconds?: number;
}

/** The use case's input; members that are absent stay absent. */
export function toOutgoingMessage(senderId: string, dto: SendMessageDto): OutgoingMessage {
  return {
    id: dto.id,
    senderId,
    senderKeyVersion: dto.senderKeyVersion,
    conversationId: dto.conversationId,
    suite: dto.suite,
    recipients: dto.recipients,
    ciphertext: dto.ciphertext,
    ...(dto.nonce === undefined ? {} : { nonce: dto.nonce }),
    ...(dto.expiresInSeconds === undefined ? {} : { expiresInSeconds: dto.expiresInSeconds }),
  };
}

export class DeliveryView implements DeliveryJson {
  @UuidField({ description: 'A recipient.' })
  readonly userId!: string;

  @IntegerField({ min: 1, max: MAX_TIME, description: "Position in that recipient's mailbox." })
  readonly sequence!: number;
}

export class SendView implements SendJson {
  @UuidField({ description: 'The id of the request.' })
  readonly id: string;

  @TimeField({ description: 'When the server accepted the message.' })
  readonly receivedAt: number;

  @TimeField({ optional: true, description: 'When the message expires.' })
  readonly expiresAt?: number;

  @ArrayField(() => DeliveryView, {
    minItems: 1,
    maxItems: LIMITS.recipients,
    description: "The position in each recipient's mailbox, in the order of the request's recipients.",
  })
  readonly deliveries: readonly DeliveryJson[];

  constructor(id: string, receipt: Receipt) {
    this.id = id;
    this.receivedAt = receipt.receivedAt;
    if (receipt.expiresAt !== undefined) this.expiresAt = receipt.expiresAt;
    this.deliveries = receipt.deliveries;
  }
}
