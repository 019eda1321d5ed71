import { setTimeout as sleep } from 'node:timers/promises';
import { count, duration, flag, optional, printable, text, timeText } from '@sealpost/command-line';
import { encodeBase64Url } from '@sealpost/protocol';
import { SealpostError } from '../errors.js';
import type { InboxEntry, InboxMessage, InboxReceipt, RefusedEntry } from '../inbox/inbox-entry.js';
import type { InboxOptions } from '../inbox/inbox.js';
import type { StreamEvent } from '../envelope/stream-events.js';
import { Sealpost } from '../sealpost.js';
import { ClientState } from '../state/client-state.js';
import { command, type CommandContext } from './context.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { MailboxNotifications, type Listener } from './mailbox-notifications.js';

/** After a failure of the network or the server. */
const FOLLOW_RETRY_MS = { first: 5000, longest: 60_000 };

export const inbox = command({
  name: 'messages read',
  alias: 'inbox',
  summary: 'read new messages; what could not be written comes again',
  options: {
    follow: flag('go on until it is told to stop'),
    wait: optional(duration('1s', '1d'), 'how long to wait for a message where there is none'),
    limit: optional(count(), 'how many messages at most'),
    after: optional(count('SEQUENCE'), 'which entry to begin after; 0 reads everything again'),
    conversation: optional(text('ID'), 'only this one'),
  },
  run: async ({ follow: goOn, wait, limit = Number.POSITIVE_INFINITY, after, conversation }, context) => {
    const stop = new AbortController();
    const interrupt = (): void => {
      stop.abort();
    };
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    const options = {
      ...(wait === undefined ? {} : { waitMs: wait }),
      signal: stop.signal,
      ...(after === undefined ? {} : { after }),
      ...(conversation === undefined ? {} : { conversationId: conversation }),
    };
    const outcome: Outcome = { count: 0, last: after, left: limit };
    try {
      if (goOn) await follow(context, options, outcome);
      else await context.withClient((client) => read(context, client, options, outcome));
      return outcome.count > 0 ? EXIT.refusedEntries : undefined;
    } finally {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
  },
});

interface Outcome {
  /** Entries that were refused. */
  count: number;
  /** Where to go on, with --after and --conversation. */
  last: number | undefined;
  /** How many more entries are wanted. */
  left: number;
}

async function read(context: CommandContext, client: Sealpost, options: InboxOptions, outcome: Outcome): Promise<void> {
  for await (const entry of outcome.left > 0 ? client.inbox(options) : []) {
    if (entry.kind === 'refused') outcome.count++;
    outcome.last = entry.sequence;
    // Asking for the next entry says that this one is done with: not before it is out.
    await showEntry(context, entry);
    if (--outcome.left > 0) continue;
    await entry.done();
    break;
  }
  await client.receipts.flush();
}

async function follow(
  context: CommandContext,
  options: InboxOptions & { signal: AbortSignal },
  total: Outcome,
): Promise<void> {
  const { signal } = options;
  const news = new MailboxNotifications(signal);
  let retryMs = FOLLOW_RETRY_MS.first;
  while (!signal.aborted && total.left > 0) {
    try {
      const listener = await readAndLeave(context, { ...options, wait: false }, total);
      retryMs = FOLLOW_RETRY_MS.first;
      if (total.left > 0) await news.wait(listener);
    } catch (error) {
      if (!isPassing(error)) throw error;
      context.note(`sealpost: ${error.message}; trying again`);
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(FOLLOW_RETRY_MS.longest, retryMs * 2);
    }
  }
}

/** Reads what is there, and gives the profile back, so that other commands can use it until there is more. */
async function readAndLeave(context: CommandContext, options: InboxOptions, total: Outcome): Promise<Listener> {
  const moving = options.after !== undefined || options.conversationId !== undefined;
  const service = await context.service();
  return context.withStorage(async (storage) => {
    const client = await Sealpost.open({ service, storage, ...context.suites() });
    await read(context, client, moving ? { ...options, after: total.last ?? 0 } : options, total);
    const state = new ClientState(storage);
    const accessToken = (await state.record('tokens'))?.accessToken ?? '';
    const after = moving ? total.last : (await state.record('inbox'))?.after;
    const { conversationId } = options;
    return { service, accessToken, after: after ?? 0, ...(conversationId === undefined ? {} : { conversationId }) };
  });
}

function isPassing(error: unknown): error is SealpostError {
  return error instanceof SealpostError && (exitCodeOf(error) === EXIT.unreachable || error.code === 'storage.locked');
}

function showEntry(context: CommandContext, entry: InboxEntry): Promise<void> {
  if (entry.kind === 'refused') return context.show(refusedJson(entry), refusedText(entry));
  if (entry.kind === 'message') return context.show(messageJson(entry), messageText(entry));
  return context.show({ ...entry, done: undefined }, receiptText(entry));
}

function messageJson(message: InboxMessage): unknown {
  return { ...message, done: undefined, content: encodeBase64Url(message.content) };
}

function refusedJson({ kind, sequence, claimed, error }: RefusedEntry): unknown {
  return { kind, sequence, claimed, error: { code: error.code, message: error.message } };
}

function messageText(message: InboxMessage): string {
  if (message.sender.trust === 'blocked')
    return `#${message.sequence}  (a message of ${message.sender.userId}, whom you have blocked)\n`;
  const { sender, suite, senderProof, contentType, content, events } = message;
  const name = sender.loginId ?? sender.userId;
  const trust = senderProof !== 'signature' ? 'sender not proven' : sender.verified ? 'verified' : 'not verified';
  const when = timeText(message.sentAt ?? message.receivedAt);
  const head = `${when}  ${message.own ? 'you' : name} (${trust}, ${suite})`;
  const shown = message.text === undefined ? `[${contentType}, ${content.length} bytes]` : message.text;
  const stranger =
    message.request === true
      ? `  ? from a stranger: "sealpost accept ${sender.userId}" or "sealpost contacts block ${sender.userId}"\n`
      : '';
  const notes = events.map((event) => `  ! ${eventText(event)}\n`).join('');
  return `#${message.sequence}  ${head}\n${stranger}${notes}${printable(shown).replace(/^/gm, '  ')}\n`;
}

function receiptText({ sequence, receipt, sender, own, sentAt, messageIds }: InboxReceipt): string {
  const who = own ? 'you' : (sender.loginId ?? sender.userId);
  return `#${sequence}  ${timeText(sentAt)}  ${receipt} by ${who}: ${messageIds.join(', ') || 'nothing known'}\n`;
}

function refusedText({ sequence, claimed, error }: RefusedEntry): string {
  const from = claimed === undefined ? '' : ` (claimed to be from ${claimed.senderId})`;
  return `#${sequence}  REFUSED${from}: ${printable(error.message)} [${error.code}]\n`;
}

function eventText(event: StreamEvent): string {
  switch (event.type) {
    case 'history-missing':
      return `there are ${event.firstSeq - 1} earlier messages that are not here`;
    case 'gap':
      return `${event.toSeq - event.fromSeq + 1} messages before this one have not arrived`;
    case 'fork':
      return 'two messages claim the same place: somebody may be writing in the name of the sender';
    case 'superseded-key':
      return `signed with key version ${event.keyVersion}, though there is version ${event.newestVersion}`;
    case 'participants-changed':
      return `other people than before: added ${listOf(event.added)}, removed ${listOf(event.removed)}`;
    case 'keys-differ':
      return `user ${event.namedBy} has encrypted to other keys of ${event.userId} (version ${event.keyVersion}) than are known here`;
    case 'withheld':
      return `user ${event.namedBy} says to have seen a message that has not arrived here`;
    case 'disputed':
      return `user ${event.namedBy} says to have seen another message in the place of one that is here`;
  }
}

function listOf(userIds: readonly string[]): string {
  return userIds.length === 0 ? 'nobody' : userIds.join(', ');
}
