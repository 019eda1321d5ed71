import { Injectable } from '@nestjs/common';
import { type CheckedEnvelope, CryptoService } from '../../core/crypto/index.js';
import { databaseUnavailable, isDatabaseUnavailable } from '../../core/database/index.js';
import type { DomainError } from '../../core/errors.js';
import { type AccountBudget, AccountBudgets } from '../../core/rate-limit/index.js';
import { KeyRegistry } from '../keys/index.js';
import { DeliveryQueue } from './delivery-queue.service.js';
import type { SendOutcome, StaleParty } from './delivery-planner.service.js';
import { contentHashOf, type OutgoingMessage, type Receipt } from './message.js';
import * as errors from './messages.errors.js';
import { SendingMetrics } from './sending-metrics.service.js';

/** What became of one message of several. */
export type SendReport =
  { readonly ok: true; readonly result: SendResult } | { readonly ok: false; readonly error: unknown };

/** A send's answer; `repeated` where the same message had been accepted before. */
export interface SendResult {
  readonly receipt: Receipt;
  readonly repeated: boolean;
}

@Injectable()
export class SendingService {
  readonly #budget: AccountBudget;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly crypto: CryptoService,
    private readonly keys: KeyRegistry,
    private readonly metrics: SendingMetrics,
    budgets: AccountBudgets,
  ) {
    this.#budget = budgets.of('rateSendPerAccount');
  }

  /** Accepts a message once. What costs least is checked first; nothing is written before everything holds. */
  async send(message: OutgoingMessage): Promise<SendResult> {
    // Nearly always there is nothing to wait for.
    const allowed = this.#budget.spend(message.senderId);
    if (allowed !== undefined) await allowed;
    return this.#sendOne(message);
  }

  /** Accepts several messages of one sender, each on its own: in the order given, as far as each is accepted. */
  sendAll(messages: readonly OutgoingMessage[]): Promise<SendReport[]> {
    return Promise.all(
      messages.map(async (message): Promise<SendReport> => {
        try {
          return { ok: true, result: await this.send(message) };
        } catch (error) {
          return { ok: false, error: isDatabaseUnavailable(error) ? databaseUnavailable(error) : error };
        }
      }),
    );
  }

  async #sendOne(message: OutgoingMessage): Promise<SendResult> {
    try {
      const envelope = this.#checkForm(message);
      const contentHash = contentHashOf(message, (data) => this.crypto.sha256(data));
      const result = await this.#resultOf(await this.queue.add({ message, envelope, contentHash }));
      this.metrics.accepted(result.repeated);
      return result;
    } catch (error) {
      this.metrics.notAccepted(error);
      throw error;
    }
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
