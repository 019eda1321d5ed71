import { isUuidV7 } from '@sealpost/protocol';
import { ClientError, isApiError, SealpostError, UnconfirmedSend } from '../errors.js';
import type { OpenedEntry } from '../inbox/entry-opener.js';
import type { InboxMessage } from '../inbox/inbox-entry.js';
import type { DoneHook } from '../inbox/inbox.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import type { ClientContext } from '../keys/client-context.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import { isFinal } from '../sending/delivery.js';
import { DueReceipts, type DueReceipt } from './due-receipts.js';
import { RECEIPT_MESSAGES, type ReceiptContent } from '../envelope/receipt-content.js';
import { ReceiptSettings, type ReceiptPolicy, type ReceiptScope } from './receipt-settings.js';

/** What is needed of a message to say that it was read: an InboxMessage, or what a program has kept of one. */
export type ReadMessage = Pick<InboxMessage, 'messageId' | 'conversationId' | 'senderProof' | 'own'> & {
  readonly sender: { readonly userId: string };
};

/** Sends a receipt as an ordinary message. */
export interface ReceiptSender {
  /**
   * @param sealed belongs to the commit that puts the receipt into the outbox
   * @throws UnconfirmedSend where it is in the outbox and may not have been taken
   */
  sendReceipt(userId: string, receipt: ReceiptContent, sealed: Changes): Promise<void>;
  hasReceiptsWaiting(): Promise<boolean>;
  /** Sends receipts again that wait in the outbox. @throws UnconfirmedSend */
  flushReceipts(): Promise<void>;
}

/** From the first message that is to be acknowledged: others that come meanwhile go into the same receipt. */
const COALESCE_MS = 1000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 5 * 60_000;

/** Delivered and read receipts: ordinary encrypted messages, sent only where the user has allowed it. */
export class Receipts implements DoneHook {
  readonly #mutex = new NamedMutex();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  #begun = false;

  readonly #state: ClientState;
  readonly #settings: ReceiptSettings;
  readonly #due: DueReceipts;

  constructor(
    context: ClientContext,
    private readonly sender: ReceiptSender,
    private readonly closing: AbortSignal,
  ) {
    this.#state = context.state;
    this.#settings = new ReceiptSettings(context);
    this.#due = new DueReceipts(context.state);
    closing.addEventListener('abort', () => {
      this.#clearTimer();
    });
  }

  /**
   * Says which receipts may be sent: in general, or for one contact or conversation, where a no counts more than a yes.
   * Nothing is sent that was not allowed; a member that is absent is not decided in this scope.
   */
  allow(policy: ReceiptPolicy, scope: ReceiptScope = {}): Promise<void> {
    return this.#settings.set(policy, scope);
  }

  /** What was said with allow() for exactly this scope. */
  policy(scope: ReceiptScope = {}): Promise<ReceiptPolicy> {
    return this.#settings.get(scope);
  }

  /**
   * Says that the user has seen these messages. Their senders are told where that is allowed; where it is not, nothing
   * happens. Returns once it is noted, and sends a moment later.
   */
  async markRead(messages: ReadMessage | readonly ReadMessage[]): Promise<void> {
    const changes = new Changes();
    for (const message of isList(messages) ? messages : [messages]) await this.#note('read', message, changes);
    if (changes.entries.size === 0) return;
    await this.#state.commit(changes);
    await this.#schedule();
  }

  /** Sends what is due without waiting for more. Does not throw where that fails: it is tried again later. Aborted, it goes on by itself. */
  flush(call: CallOptions = {}): Promise<void> {
    return abortable(call, () => this.#flush());
  }

  async #flush(): Promise<void> {
    this.#clearTimer();
    const done = await this.#mutex.run('flush', () => this.#attempt());
    this.#failures = done ? 0 : this.#failures + 1;
    if (done) return;
    this.#startTimer(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1)));
    // What is due stays in the storage: no program has to stay for it where the server is away.
    if (typeof this.#timer === 'object') this.#timer?.unref();
  }

  /** Takes up what an earlier run of the program has left. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#schedule().catch(ignore);
  }

  async done(entry: OpenedEntry, changes: Changes): Promise<void> {
    if (entry.kind === 'message') await this.#note('delivered', entry, changes);
    if (entry.kind !== 'receipt' || !entry.own) return;
    // Another device of this user's was faster.
    const { receipt, recipients, messageIds } = entry;
    const said = (await this.#due.all()).filter(
      ({ kind, userId, messageId }) =>
        kind === receipt && recipients.includes(userId) && messageIds.includes(messageId),
    );
    changes.add(this.#due.removal(said));
    await this.#due.forget(said);
  }

  kept(): Promise<void> {
    return this.#schedule();
  }

  /** Only where this client has a signature of the sender's can it know whom it tells. */
  async #note(kind: DueReceipt['kind'], message: ReadMessage, changes: Changes): Promise<void> {
    const { messageId, conversationId, sender, senderProof, own } = message;
    if (own || senderProof !== 'signature') return;
    if (!isUuidV7(messageId)) throw new ClientError('client.invalid-argument', 'A messageId is a UUID of version 7');
    if (!(await this.#settings.allows(kind, sender.userId, conversationId))) return;
    await this.#due.add({ kind, userId: sender.userId, messageId, conversationId }, changes);
  }

  async #schedule(): Promise<void> {
    const { length } = await this.#due.all();
    if (length === 0 && !(await this.sender.hasReceiptsWaiting())) return;
    // After a failure its timer runs already.
    if (length >= RECEIPT_MESSAGES && this.#failures === 0) this.#startTimer(0);
    else if (this.#timer === null) this.#startTimer(COALESCE_MS);
  }

  #startTimer(ms: number): void {
    this.#clearTimer();
    if (this.closing.aborted) return;
    this.#timer = setTimeout(() => {
      this.flush().catch(ignore);
    }, ms);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @returns false where something is left to be tried again. Whatever fails here must not disturb who reads. */
  async #attempt(): Promise<boolean> {
    try {
      await this.sender.flushReceipts();
      for (const receipts of grouped(await this.#due.all())) await this.#send(receipts);
      return true;
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
      return this.closing.aborted;
    }
  }

  /** @param receipts of one kind for one user */
  async #send(receipts: readonly DueReceipt[]): Promise<void> {
    const allowed: DueReceipt[] = [];
    for (const receipt of receipts) {
      const { kind, userId, conversationId } = receipt;
      if (await this.#settings.allows(kind, userId, conversationId)) allowed.push(receipt);
    }
    await this.#due.drop(receipts.filter((receipt) => !allowed.includes(receipt)));
    const [first] = allowed;
    if (first === undefined) return;
    const content = { kind: first.kind, messageIds: allowed.map(({ messageId }) => messageId) };
    try {
      await this.sender.sendReceipt(first.userId, content, this.#due.removal(allowed));
      await this.#due.forget(allowed);
    } catch (error) {
      // It is in the outbox from now on.
      if (error instanceof UnconfirmedSend) await this.#due.forget(allowed);
      else if (isApiError(error, 'keys.rotation-due')) await this.#keep(allowed);
      else if (isFinal(error)) return this.#due.drop(allowed);
      throw error;
    }
  }

  /** They can go once the application has rotated the keys. */
  async #keep(receipts: readonly DueReceipt[]): Promise<void> {
    const changes = new Changes();
    for (const receipt of receipts) await this.#due.add(receipt, changes);
    await this.#state.commit(changes);
  }
}

/** At most 100 at once, of one kind, for one user. */
function grouped(due: readonly DueReceipt[]): readonly (readonly DueReceipt[])[] {
  const groups = new Map<string, DueReceipt[]>();
  for (const receipt of due) {
    const name = `${receipt.kind}/${receipt.userId}`;
    groups.set(name, [...(groups.get(name) ?? []), receipt]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / RECEIPT_MESSAGES) }, (_, index) =>
      group.slice(index * RECEIPT_MESSAGES, (index + 1) * RECEIPT_MESSAGES),
    ),
  );
}

function isList(messages: ReadMessage | readonly ReadMessage[]): messages is readonly ReadMessage[] {
  return Array.isArray(messages);
}

function ignore(): void {
  // What is due stays in the storage.
}
