import type { MailboxEntryJson, MessageSuite } from '@sealpost/protocol';
import { isCompromised, newestOf, type KeyChain, requireTrusted } from '../trust/chain.js';
import { verifiedVersion } from '../trust/shared-trust.js';
import { SenderNames } from '../contacts/sender-names.js';
import { SealpostError } from '../errors.js';
import { entryAnswer, type PositionedEntry } from '../http/answers.js';
import type { ClientContext } from '../keys/client-context.js';
import { ownKeysAt } from '../keys/own-keys.js';
import type { OpenedVault } from '../keys/vault-box.js';
import { MessageRefused } from '../envelope/message-refused.js';
import { openMessage } from '../envelope/open.js';
import type { StreamEvent } from '../envelope/stream-events.js';
import { receiveMessage, type Reception } from '../envelope/streams.js';
import type { OpenedMessage } from '../envelope/types.js';
import { decodeReceipt, isReceiptType } from '../envelope/receipt-content.js';
import { rememberSent } from '../state/sent-messages.js';
import { Changes } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { InboxMessage, InboxReceipt, MessageSender, RefusedEntry } from './inbox-entry.js';
import { isAboutEntry, isAboutVault } from './about-entry.js';
import { deliveredOf, textOf } from './entry-content.js';
import { noteOpened } from '../state/opened-entries.js';
import { differingKeys } from './recipient-keys.js';
import { SenderKeys } from './sender-keys.js';
import { findSeen, readAgain, replayOf, seenKey, seenRecordOf } from './seen.js';

/** An entry without the means to be done with it. */
export type OpenedEntry = Omit<InboxMessage, 'done'> | Omit<InboxReceipt, 'done'> | Omit<RefusedEntry, 'done'>;

/** How entries are opened. */
export interface OpenerOptions {
  /** Programs share this inbox (service accounts). */
  readonly sharesInbox: boolean;
  /** Suites whose messages are opened. */
  readonly acceptSuites: readonly MessageSuite[];
}

/** Opens entries of the mailbox one by one, and remembers what it has accepted. */
export class EntryOpener {
  readonly #mutex = new NamedMutex();
  readonly #senderKeys: SenderKeys;
  readonly #names: SenderNames;

  constructor(
    private readonly context: ClientContext,
    private readonly options: OpenerOptions,
  ) {
    const { api, state, directory } = context;
    this.#senderKeys = new SenderKeys(directory);
    this.#names = new SenderNames(api, state, directory);
  }

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
    this.#requireAccepted(entry);
    const seen = await findSeen(this.context.state, entry);
    const again = seen?.sequence === entry.sequence ? seen : null;
    const { opened, senderChain } = await this.#decrypt(entry, again !== null);
    const events =
      again === null ? await this.#receive(entry, opened, senderChain, seen !== null) : readAgain(again, entry, opened);
    const sender = await this.#senderOf(senderChain, opened, entry.sequence);
    if (isReceiptType(opened.contentType)) return this.#receipt(entry, opened, sender, events);
    return this.#message(entry, opened, sender, events);
  }

  #requireAccepted({ suite, id: messageId, conversationId, senderId }: MailboxEntryJson): void {
    if (this.options.acceptSuites.includes(suite)) return;
    throw new MessageRefused('suite-not-accepted', { messageId, conversationId, senderId }, suite);
  }

  async #decrypt(
    entry: MailboxEntryJson,
    acceptedBefore: boolean,
  ): Promise<{ readonly opened: OpenedMessage; readonly senderChain: KeyChain }> {
    const delivered = deliveredOf(entry);
    const senderChain = await this.#senderChain(entry, acceptedBefore);
    // What is under compromised keys is refused for that, whatever becomes of the warning that goes with it.
    const trusts = acceptedBefore || entry.senderId === this.context.userId;
    if (!trusts && !isCompromised(senderChain, entry.senderKeyVersion)) requireTrusted(senderChain);
    const open = (vault: OpenedVault): OpenedMessage =>
      openMessage(delivered, {
        ownChain: vault.chain,
        ownKeys: (version) => ownKeysAt(vault, version),
        newestOwnVersion: vault.keyVersion,
        senderChain,
        acceptedBefore,
      });
    try {
      return { opened: open(await this.context.ownKeys.opened()), senderChain };
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error;
      if (error.reason === 'unknown-sender-key' && !trusts) return this.#senderKeys.explain(error);
      if (error.reason !== 'unknown-own-key' && error.reason !== 'vault-rollback') throw error;
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
      await this.context.directory.chainUpTo(senderId, senderNewestKeyVersion);
    }
    return this.context.directory.chainWith(senderId, senderKeyVersion);
  }

  /** The vault as it is now. Where the server has none that belongs to the keys, it is the entry that is refused. */
  async #newerVault(refusal: MessageRefused): Promise<OpenedVault> {
    try {
      return await this.context.ownKeys.refresh();
    } catch (error) {
      throw isAboutVault(error) ? refusal : error;
    }
  }

  /**
   * Replays, streams and events; see envelope/streams.ts.
   * @param replayed accepted before as another entry, perhaps longer ago than the streams remember
   */
  async #receive(
    entry: MailboxEntryJson,
    opened: OpenedMessage,
    senderChain: KeyChain,
    replayed: boolean,
  ): Promise<readonly StreamEvent[]> {
    const keyEvents = await differingKeys(this.context.directory, this.context.state, opened);
    const reception = await this.context.streams.update<Reception>((state) => {
      const received = receiveMessage(state, opened, newestOf(senderChain).version);
      const changes = new Changes();
      const result = received.accepted ? { ...received, events: [...received.events, ...keyEvents] } : received;
      if (!result.accepted) return { state: result.state, changes, result };
      if (replayed) return { state, changes, result: { accepted: false, state, refusal: replayOf(opened) } };
      const record = seenRecordOf(entry, opened, result.events);
      changes.put(seenKey(entry), record);
      if (this.options.sharesInbox) noteOpened(changes, entry.sequence, seenKey(entry), record);
      this.#noteSent(opened, changes);
      return { state: result.state, changes, result };
    });
    if (!reception.accepted) throw reception.refusal;
    await this.#noteTrust(opened);
    return reception.events;
  }

  /** Without a signature nobody is proven to have written it: neither a contact nor the user. */
  async #senderOf(chain: KeyChain, opened: OpenedMessage, sequence: number): Promise<MessageSender> {
    const { sender } = opened;
    const account = sender.userId === this.context.userId ? await this.context.state.record('account') : null;
    const loginId = account?.loginId ?? (await this.#names.of(sender.userId, sequence));
    return {
      userId: sender.userId,
      ...(loginId === undefined ? {} : { loginId }),
      keyVersion: sender.keyVersion,
      verified:
        isSigned(opened) &&
        (account !== null || verifiedVersion(chain, await this.context.state.knownUser(sender.userId)) !== null),
      trust: await this.context.trustStates.of(sender.userId),
    };
  }

  /** Whom another device of this user's has written to is no stranger here either. */
  async #noteTrust({ sender, recipients, contentType }: OpenedMessage): Promise<void> {
    const { trustStates, userId } = this.context;
    if (sender.userId !== userId) await trustStates.metNow(sender.userId);
    else if (!isReceiptType(contentType)) await trustStates.welcome(recipients.map((recipient) => recipient.userId));
  }

  /** What another device of this user's has sent can be acknowledged too. */
  #noteSent(opened: OpenedMessage, changes: Changes): void {
    const { userId } = this.context;
    if (opened.sender.userId !== userId || !isSigned(opened) || isReceiptType(opened.contentType)) return;
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
    const own = sender.userId === this.context.userId;
    const messageIds = own ? receipt.messageIds : await this.context.sent.sentTo(sender.userId, receipt.messageIds);
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
  ): Omit<InboxMessage, 'done'> {
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
      own: isSigned(opened) && sender.userId === this.context.userId,
      ...(opened.suite === 'sealpost-v1' ? { sentAt: opened.sentAt } : {}),
      receivedAt: entry.receivedAt,
      ...(entry.expiresAt === undefined ? {} : { expiresAt: entry.expiresAt }),
      contentType,
      content,
      ...(sender.trust === 'stranger' && !sender.verified ? { request: true } : {}),
      ...(text === null ? {} : { text }),
      events,
    };
  }
}

function isSigned({ senderProof }: OpenedMessage): boolean {
  return senderProof === 'signature';
}
