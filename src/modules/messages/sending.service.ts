import { Injectable } from '@nestjs/common';
import { type CheckedEnvelope, CryptoService } from '../../core/crypto/index.js';
import type { DomainError } from '../../core/errors.js';
import { KeyRegistry } from '../keys/index.js';
import { DeliveryQueue } from './delivery-queue.service.js';
import type { SendOutcome, StaleParty } from './delivery-planner.service.js';
import { type OutgoingMessage, type Receipt, statedBytes } from './message.js';
import * as errors from './messages.errors.js';

/** A send's answer; `repeated` where the same message had been accepted before. */
export interface SendResult {
  readonly receipt: Receipt;
  readonly repeated: boolean;
}

@Injectable()
export class SendingService {
  constructor(
    private readonly queue: DeliveryQueue,
    private readonly crypto: CryptoService,
    private readonly keys: KeyRegistry,
  ) {}

  /** Accepts a message once. What costs least is checked first; nothing is written before everything holds. */
  async send(message: OutgoingMessage): Promise<SendResult> {
    const envelope = this.#checkForm(message);
    const contentHash = this.crypto.sha256(statedBytes(message));
    return this.#resultOf(await this.queue.add({ message, envelope, contentHash }));
  }

  #checkForm(message: OutgoingMessage): CheckedEnvelope {
    const verdict = this.crypto.checkEnvelopeForm(message);
    if (!verdict.ok) throw errors.envelopeRefused(verdict.refusal);
    return verdict.checked;
  }

  async #resultOf(outcome: SendOutcome): Promise<SendResult> {
    switch (outcome.kind) {
      case 'stored':
      case 'repeated':
        return { receipt: outcome.receipt, repeated: outcome.kind === 'repeated' };
      case 'stale':
        throw await this.#staleKeyVersion(outcome.parties);
      case 'refused':
      case 'failed':
        throw outcome.error;
    }
  }

  async #staleKeyVersion(parties: readonly StaleParty[]): Promise<DomainError> {
    const userIds = [...new Set(parties.map((party) => party.userId))];
    return errors.staleKeyVersion(parties[0]?.pointer ?? '', await this.keys.findNewestStatements(userIds));
  }
}
