import { Changes, type ClientState } from '../state/client-state.js';
import { RECEIPT_KINDS, type ReceiptKind } from '../envelope/receipt-content.js';

/** A message that is to be acknowledged to its sender. */
export interface DueReceipt {
  readonly kind: ReceiptKind;
  /** Who sent the message. */
  readonly userId: string;
  readonly messageId: string;
  /** The conversation of the message. */
  readonly conversationId: string;
}

const PREFIX = 'receipt-due/';

/** Receipts that wait to be sent. They are kept, so that they survive the end of the program. */
export class DueReceipts {
  #due: Map<string, DueReceipt> | null = null;

  constructor(private readonly state: ClientState) {}

  async all(): Promise<readonly DueReceipt[]> {
    return [...(await this.#load()).values()];
  }

  /** Belongs to a commit of the caller's. */
  async add(receipt: DueReceipt, changes: Changes): Promise<void> {
    const key = keyOf(receipt);
    changes.put(key, receipt.conversationId);
    (await this.#load()).set(key, receipt);
  }

  /** What takes receipts out of the storage. They are due until forget() is called. */
  removal(receipts: readonly DueReceipt[]): Changes {
    const changes = new Changes();
    for (const receipt of receipts) changes.remove(keyOf(receipt));
    return changes;
  }

  async forget(receipts: readonly DueReceipt[]): Promise<void> {
    const due = await this.#load();
    for (const receipt of receipts) due.delete(keyOf(receipt));
  }

  /** Gives receipts up. */
  async drop(receipts: readonly DueReceipt[]): Promise<void> {
    if (receipts.length === 0) return;
    await this.state.commit(this.removal(receipts));
    await this.forget(receipts);
  }

  /** The keys of everything that waits, for a log-out. */
  static keys(state: ClientState): Promise<readonly string[]> {
    return state.keys(PREFIX);
  }

  async #load(): Promise<Map<string, DueReceipt>> {
    if (this.#due !== null) return this.#due;
    const due = new Map<string, DueReceipt>();
    for (const key of await DueReceipts.keys(this.state)) {
      const [kind, userId, messageId] = key.slice(PREFIX.length).split('/');
      const conversationId = await this.state.read<string>(key);
      const known = RECEIPT_KINDS.find((candidate) => candidate === kind);
      if (known === undefined || userId === undefined || messageId === undefined || conversationId === null) continue;
      due.set(key, { kind: known, userId, messageId, conversationId });
    }
    return (this.#due ??= due);
  }
}

function keyOf({ kind, userId, messageId }: DueReceipt): string {
  return `${PREFIX}${kind}/${userId}/${messageId}`;
}
