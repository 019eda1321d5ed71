import { fromUtf8, ProtocolError, requireBase64Url, type MailboxEntryJson } from '@sealpost/protocol';
import { newestOf, type KeyChain } from '../contacts/chain.js';
import { requireTrusted, type ContactDirectory } from '../contacts/contact-directory.js';
import { isVerifiedRoot } from '../contacts/knowledge.js';
import { ApiError, ClientError, isApiError, SealpostError, SharedStateWarning } from '../errors.js';
import { entryAnswer, type PositionedEntry } from '../http/answers.js';
import { ownKeysAt, type OwnKeys } from '../keys/own-keys.js';
import type { OpenedVault } from '../keys/vault-box.js';
import { MessageRefused } from '../messages/errors.js';
import { openMessage } from '../messages/open.js';
import type { StreamEvent } from '../messages/stream-events.js';
import { receiveMessage, type Reception } from '../messages/streams.js';
import type { DeliveredMessage, OpenedMessage } from '../messages/types.js';
import { decodeReceipt, isReceiptType } from '../receipts/receipt-content.js';
import { rememberSent, type SentMessages } from '../receipts/sent-messages.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { StreamsStore } from '../state/streams-store.js';
import type { InboxMessage, InboxReceipt, MessageSender, RefusedEntry } from './inbox-entry.js';
import { noteOpened } from './opened-entries.js';
import { findSeen, readAgain, replayOf, seenKey, seenRecordOf } from './seen.js';

/** An entry without the means to take it. */
export type OpenedEntry = Omit<InboxMessage, 'take'> | Omit<InboxReceipt, 'take'> | Omit<RefusedEntry, 'take'>;

/** Whose mailbox it is, and what this user has sent. */
export interface OpenerAccount {
  readonly userId: string;
  readonly sent: SentMessages;
  /** Programs take turns at this inbox (service accounts). */
  readonly turns: boolean;
}

/** Opens entries of the mailbox one by one, and remembers what it has accepted. */
export class EntryOpener {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly state: ClientState,
    private readonly streams: StreamsStore,
    private readonly directory: ContactDirectory,
    private readonly ownKeys: OwnKeys,
    private readonly account: OpenerAccount,
  ) {}

  /**
   * What is remembered of an entry is kept before it is returned: if the program ends before it has dealt with it, the
   * entry comes again with the same events, and not as a replay.
   * @throws NetworkError and what else passes by itself; everything that is about the entry comes out as `refused`
   */
  async open({ sequence, entry }: PositionedEntry): Promise<OpenedEntry> {
    let parsed: MailboxEntryJson | undefined;
    try {
      parsed = entryAnswer(entry, '');
      const found = parsed;
      return await this.#mutex.run('entry', () => this.#openParsed(found));
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
      if (parsed === undefined) return { kind: 'refused', sequence, error };
      if (!isAboutEntry(error)) throw error;
      const { id: messageId, conversationId, senderId } = parsed;
      return { kind: 'refused', sequence, error, claimed: { messageId, conversationId, senderId } };
    }
  }

  async #openParsed(entry: MailboxEntryJson): Promise<OpenedEntry> {
    const seen = await findSeen(this.state, entry);
    const again = seen?.sequence === entry.sequence ? seen : null;
    const { opened, senderChain } = await this.#decrypt(entry, again !== null);
    const events =
      again === null ? await this.#receive(entry, opened, senderChain, seen !== null) : readAgain(again, entry, opened);
    const sender = await this.#senderOf(senderChain, opened);
    return isReceiptType(opened.contentType)
      ? this.#receipt(entry, opened, sender, events)
      : this.#message(entry, opened, sender, events);
  }

  async #decrypt(
    entry: MailboxEntryJson,
    acceptedBefore: boolean,
  ): Promise<{ readonly opened: OpenedMessage; readonly senderChain: KeyChain }> {
    const delivered = deliveredOf(entry);
    const senderChain = await this.#senderChain(entry, acceptedBefore);
    if (!acceptedBefore && entry.senderId !== this.account.userId) requireTrusted(senderChain);
    const open = (vault: OpenedVault): OpenedMessage =>
      openMessage(delivered, {
        ownChain: vault.chain,
        ownKeys: (version) => ownKeysAt(vault, version),
        newestOwnVersion: vault.keyVersion,
        senderChain,
        acceptedBefore,
      });
    try {
      return { opened: open(await this.ownKeys.opened()), senderChain };
    } catch (error) {
      const newer = error instanceof MessageRefused && ['unknown-own-key', 'vault-rollback'].includes(error.reason);
      if (!newer) throw error;
      // Another device may have rotated since.
      return { opened: open(await this.#newerVault(error)), senderChain };
    }
  }

  /**
   * What was not accepted before must not be under keys that the sender has declared compromised by now, hence with the
   * newest statement that the server knows of. It is asked once: the other entries of its page find the chain pinned.
   */
  async #senderChain(entry: MailboxEntryJson, acceptedBefore: boolean): Promise<KeyChain> {
    const { senderId, senderKeyVersion, senderNewestKeyVersion } = entry;
    if (!acceptedBefore && senderNewestKeyVersion !== undefined) {
      await this.directory.chainUpTo(senderId, senderNewestKeyVersion);
    }
    return this.directory.chainWith(senderId, senderKeyVersion);
  }

  /** The vault as it is now. Where the server has none that belongs to the keys, it is the entry that is refused. */
  async #newerVault(refusal: MessageRefused): Promise<OpenedVault> {
    try {
      return await this.ownKeys.refresh();
    } catch (error) {
      throw isAboutVault(error) ? refusal : error;
    }
  }

  /**
   * Replays, streams and events; see messages/streams.ts.
   * @param replayed accepted before as another entry, perhaps longer ago than the streams remember
   */
  async #receive(
    entry: MailboxEntryJson,
    opened: OpenedMessage,
    senderChain: KeyChain,
    replayed: boolean,
  ): Promise<readonly StreamEvent[]> {
    const reception = await this.streams.update<Reception>((state) => {
      const result = receiveMessage(state, opened, newestOf(senderChain).version);
      const changes = new Changes();
      if (!result.accepted) return { state: result.state, changes, result };
      if (replayed) return { state, changes, result: { accepted: false, state, refusal: replayOf(opened) } };
      const record = seenRecordOf(entry, opened, result.events);
      changes.put(seenKey(entry), record);
      if (this.account.turns) noteOpened(changes, entry.sequence, seenKey(entry), record);
      this.#noteSent(opened, changes);
      return { state: result.state, changes, result };
    });
    if (!reception.accepted) throw reception.refusal;
    return reception.events;
  }

  async #senderOf(chain: KeyChain, { sender }: OpenedMessage): Promise<MessageSender> {
    const contact = await this.state.contact(sender.userId);
    const account = sender.userId === this.account.userId ? await this.state.record('account') : null;
    const loginId = account?.loginId ?? contact?.loginId;
    return {
      userId: sender.userId,
      ...(loginId === undefined ? {} : { loginId }),
      keyVersion: sender.keyVersion,
      verified:
        account !== null || isVerifiedRoot(chain, await this.state.knownUser(sender.userId), contact?.verifiedRoot),
    };
  }

  /** What another device of this user's has sent can be acknowledged too. */
  #noteSent(opened: OpenedMessage, changes: Changes): void {
    const { userId } = this.account;
    if (opened.sender.userId !== userId || isReceiptType(opened.contentType)) return;
    rememberSent(
      changes,
      opened.messageId,
      opened.recipients.map((recipient) => recipient.userId),
      userId,
    );
  }

  async #receipt(
    entry: MailboxEntryJson,
    opened: OpenedMessage,
    sender: MessageSender,
    events: readonly StreamEvent[],
  ): Promise<OpenedEntry> {
    const { messageId, conversationId } = opened;
    const receipt = decodeReceipt(opened.content);
    if (opened.suite !== 'sealpost-v1' || receipt === null) {
      throw new MessageRefused('wrong-receipt', { messageId, conversationId, senderId: sender.userId });
    }
    const own = sender.userId === this.account.userId;
    const messageIds = own ? receipt.messageIds : await this.account.sent.sentTo(sender.userId, receipt.messageIds);
    return {
      kind: 'receipt',
      sequence: entry.sequence,
      receipt: receipt.kind,
      messageIds,
      unknownMessageIds: receipt.messageIds.filter((id) => !messageIds.includes(id)),
      sender,
      own,
      recipients: opened.recipients.map(({ userId }) => userId),
      messageId,
      conversationId,
      sentAt: opened.sentAt,
      receivedAt: entry.receivedAt,
      events,
    };
  }

  #message(
    entry: MailboxEntryJson,
    opened: OpenedMessage,
    sender: MessageSender,
    events: readonly StreamEvent[],
  ): OpenedEntry {
    const { messageId, conversationId, suite, senderProof, contentType, content } = opened;
    const text = textOf(opened);
    return {
      kind: 'message',
      sequence: entry.sequence,
      messageId,
      conversationId,
      suite,
      senderProof,
      sender,
      recipients: opened.recipients.map(({ userId }) => userId),
      own: sender.userId === this.account.userId,
      ...(opened.suite === 'sealpost-v1' ? { sentAt: opened.sentAt } : {}),
      receivedAt: entry.receivedAt,
      ...(entry.expiresAt === undefined ? {} : { expiresAt: entry.expiresAt }),
      contentType,
      content,
      ...(text === null ? {} : { text }),
      events,
    };
  }
}

/** False for what has nothing to do with the entry and may pass: then the inbox stops at it, and can be asked again. */
function isAboutEntry(error: SealpostError): boolean {
  // A gateway's own page (`client.bad-answer`, or an error) says nothing about the entry, whatever its status.
  if (error.code.startsWith('client.') || error.code.startsWith('storage.')) return false;
  // The user decides on that first, and the entry is opened afterwards.
  if (error instanceof SharedStateWarning) return false;
  if (isApiError(error, 'server.internal', 'server.unavailable')) return false;
  if (error instanceof ApiError) return error.status < 500 && ![401, 408, 429].includes(error.status);
  return !isAboutVault(error);
}

/** The user's own vault cannot be opened: then every entry would be refused, and none for what it is. */
function isAboutVault(error: unknown): boolean {
  return error instanceof ClientError && error.code.startsWith('vault.');
}

function deliveredOf(entry: MailboxEntryJson): DeliveredMessage {
  const { id, conversationId, suite, senderId, senderKeyVersion, recipients, nonce } = entry;
  return {
    messageId: id,
    conversationId,
    suite,
    senderId,
    senderKeyVersion,
    recipients,
    ciphertext: requireBase64Url(entry.ciphertext, 'ciphertext'),
    ...(nonce === undefined ? {} : { nonce: requireBase64Url(nonce, 'nonce') }),
  };
}

function textOf({ contentType, content }: OpenedMessage): string | null {
  if (!contentType.toLowerCase().startsWith('text/')) return null;
  try {
    return fromUtf8(content);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
