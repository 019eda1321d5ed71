import { isUuidV4OrV7 } from '@sealpost/protocol';
import { resolveUser, type UserReference } from '../contacts/contacts.js';
import { ClientError } from '../errors.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import type { ClientContext } from '../keys/client-context.js';
import { Changes } from '../state/client-state.js';
import type { ReceiptKind } from '../envelope/receipt-content.js';

/** Which receipts are sent; what is absent is not decided here. */
export interface ReceiptPolicy {
  readonly delivered?: boolean;
  readonly read?: boolean;
}

/** What a policy is about: one conversation, one contact, or, by default, everything. */
export interface ReceiptScope extends CallOptions {
  readonly conversationId?: string;
  readonly contact?: UserReference;
}

/** What the user allows. Kept in the storage; nothing is allowed that nobody has allowed. */
export class ReceiptSettings {
  constructor(private readonly context: ClientContext) {}

  set(policy: ReceiptPolicy, scope: ReceiptScope): Promise<void> {
    return abortable(scope, (call) => this.#set(policy, { ...scope, ...call }));
  }

  async #set(policy: ReceiptPolicy, scope: ReceiptScope): Promise<void> {
    const { delivered, read } = policy;
    const decided = { ...(delivered === undefined ? {} : { delivered }), ...(read === undefined ? {} : { read }) };
    const key = await this.#keyOf(scope);
    scope.signal?.throwIfAborted();
    await this.context.state.commit(new Changes().put(key, decided));
    const allowed = delivered === true || read === true;
    if (allowed && scope.contact !== undefined) {
      await this.context.trustStates.welcome([await resolveUser(this.context.directory, scope.contact)]);
    }
  }

  get(scope: ReceiptScope): Promise<ReceiptPolicy> {
    return abortable(scope, async () => this.#read(await this.#keyOf(scope)));
  }

  /**
   * Never for a stranger: a receipt says that somebody is there. For a contact or a conversation a no counts more than a yes; the general policy decides
   * where neither says anything.
   */
  async allows(kind: ReceiptKind, userId: string, conversationId: string): Promise<boolean> {
    if ((await this.context.trustStates.of(userId)) !== 'accepted') return false;
    const special = [await this.#read(contactKey(userId)), await this.#read(conversationKey(conversationId))];
    const said = special.map((policy) => policy[kind]);
    if (said.includes(false)) return false;
    return said.includes(true) || (await this.#read(GENERAL))[kind] === true;
  }

  async #read(key: string): Promise<ReceiptPolicy> {
    return (await this.context.state.read<ReceiptPolicy>(key)) ?? {};
  }

  async #keyOf({ conversationId, contact }: ReceiptScope): Promise<string> {
    if (contact !== undefined && conversationId !== undefined) {
      throw new ClientError('client.invalid-argument', 'A policy is about a contact or about a conversation');
    }
    if (contact !== undefined) return contactKey(await resolveUser(this.context.directory, contact));
    if (conversationId === undefined) return GENERAL;
    if (isUuidV4OrV7(conversationId)) return conversationKey(conversationId);
    throw new ClientError('client.invalid-argument', 'conversationId is not a UUID of version 4 or 7');
  }
}

const GENERAL = 'receipts/general';

function contactKey(userId: string): string {
  return `receipts/contact/${userId}`;
}

function conversationKey(conversationId: string): string {
  return `receipts/conversation/${conversationId}`;
}
