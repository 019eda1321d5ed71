import { Injectable } from '@nestjs/common';
import { type CheckedEnvelope, CryptoService } from '../../core/crypto/index.js';
import { KeyRegistry } from '../keys/index.js';
import { MailboxWatch } from './mailbox-watch.js';
import { type OutgoingMessage, type Receipt, statedBytes } from './message.js';
import { MessageLifetime } from './message-lifetime.js';
import * as errors from './messages.errors.js';
import { type KeyHead, MessagesRepository } from './messages.repository.js';

/** A send's answer; `repeated` where the same message had been accepted before. */
export interface SendResult {
  readonly receipt: Receipt;
  readonly repeated: boolean;
}

@Injectable()
export class SendingService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly crypto: CryptoService,
    private readonly keys: KeyRegistry,
    private readonly watch: MailboxWatch,
    private readonly lifetime: MessageLifetime,
  ) {}

  /** Accepts a message once. What costs least is checked first; nothing is written before everything holds. */
  async send(message: OutgoingMessage): Promise<SendResult> {
    const envelope = this.#checkForm(message);
    const contentHash = this.crypto.sha256(statedBytes(message));
    const parties = [message.senderId, ...message.recipients.map((recipient) => recipient.userId)];
    const { existing, heads } = await this.messages.findDeliveryContext(message.id, parties);
    if (existing !== null) return this.#repeat(message, contentHash, existing);
    this.lifetime.check(message.expiresInSeconds);
    this.#checkRecipientsExist(message, heads);
    await this.#checkKeyVersions(message, heads);
    this.#checkSlots(envelope, message, heads);
    return this.#deliver(message, contentHash);
  }

  #checkForm(message: OutgoingMessage): CheckedEnvelope {
    const verdict = this.crypto.checkEnvelopeForm(message);
    if (!verdict.ok) throw errors.envelopeRefused(verdict.refusal);
    return verdict.checked;
  }

  #repeat(
    message: OutgoingMessage,
    contentHash: Uint8Array,
    existing: { senderId: string; contentHash: Uint8Array; receipt: Receipt },
  ): SendResult {
    const same = existing.senderId === message.senderId && this.crypto.equal(existing.contentHash, contentHash);
    if (!same) throw errors.idConflict();
    return { receipt: existing.receipt, repeated: true };
  }

  #checkRecipientsExist(message: OutgoingMessage, heads: ReadonlyMap<string, KeyHead>): void {
    const unknown = message.recipients.findIndex((recipient) => !heads.has(recipient.userId));
    if (unknown >= 0) throw errors.recipientUnknown(unknown);
  }

  async #checkKeyVersions(message: OutgoingMessage, heads: ReadonlyMap<string, KeyHead>): Promise<void> {
    const stale = message.recipients.flatMap((recipient, index) =>
      heads.get(recipient.userId)?.version === recipient.keyVersion
        ? []
        : [{ userId: recipient.userId, pointer: `/recipients/${index}/keyVersion` }],
    );
    if (heads.get(message.senderId)?.version !== message.senderKeyVersion) {
      stale.unshift({ userId: message.senderId, pointer: '/senderKeyVersion' });
    }
    const [first] = stale;
    if (first === undefined) return;
    const userIds = [...new Set(stale.map((party) => party.userId))];
    throw errors.staleKeyVersion(first.pointer, await this.keys.findNewestStatements(userIds));
  }

  #checkSlots(envelope: CheckedEnvelope, message: OutgoingMessage, heads: ReadonlyMap<string, KeyHead>): void {
    const recipients = message.recipients.flatMap((recipient) => {
      const head = heads.get(recipient.userId);
      return head === undefined ? [] : [{ userId: recipient.userId, keysHash: head.keysHash }];
    });
    const refusal = this.crypto.checkEnvelopeSlots(envelope, recipients);
    if (refusal !== null) throw errors.envelopeRefused(refusal);
  }

  async #deliver(message: OutgoingMessage, contentHash: Uint8Array): Promise<SendResult> {
    const accepted = { ...message, contentHash, ...this.lifetime.from(message.expiresInSeconds) };
    const receipt = await this.messages.deliver(accepted);
    if (receipt === null) {
      // Another request with this id was faster.
      const { existing } = await this.messages.findDeliveryContext(message.id, []);
      if (existing === null) throw errors.idConflict();
      return this.#repeat(message, contentHash, existing);
    }
    this.watch.announce(message.recipients.map((recipient) => recipient.userId));
    return { receipt, repeated: false };
  }
}
