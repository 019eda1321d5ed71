import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase64Url } from '@sealpost/protocol';
import { SealpostError } from '../errors.js';
import type { InboxEntry, InboxMessage, InboxReceipt, RefusedEntry } from '../inbox/inbox-entry.js';
import type { InboxOptions } from '../inbox/inbox.js';
import type { StreamEvent } from '../messages/stream-events.js';
import { Sealpost } from '../sealpost.js';
import { ClientState } from '../state/client-state.js';
import type { Command, CommandContext } from './command.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { MailboxNews, type Listener } from './mailbox-news.js';
import { printable, timeText } from './terminal.js';

/** After a failure of the network or the server. */
const FOLLOW_RETRY_MS = 5000;

export const inbox: Command = {
  usage: '[--follow | --wait SECONDS] [--after SEQUENCE] [--conversation ID]',
  summary: 'read new messages; --after 0 reads everything again',
  options: {
    follow: { type: 'boolean' },
    wait: { type: 'string' },
    after: { type: 'string' },
    conversation: { type: 'string' },
  },
  run: async (context) => {
    context.none();
    const stop = new AbortController();
    const interrupt = (): void => {
      stop.abort();
    };
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    const after = context.number('after');
    const conversationId = context.text('conversation');
    const options = {
      wait: context.number('wait') ?? false,
      signal: stop.signal,
      ...(after === undefined ? {} : { after }),
      ...(conversationId === undefined ? {} : { conversationId }),
    };
    try {
      const refused = context.flag('follow') ? await follow(context, options) : await readAvailable(context, options);
      return refused.count > 0 ? EXIT.refusedEntries : undefined;
    } finally {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
  },
};

interface Outcome {
  /** Entries that were refused. */
  count: number;
  /** Where to go on, with --after and --conversation. */
  last: number | undefined;
}

async function readAvailable(context: CommandContext, options: InboxOptions): Promise<Outcome> {
  const outcome: Outcome = { count: 0, last: options.after };
  await context.withClient(async (client) => {
    await read(context, client, options, outcome);
  });
  return outcome;
}

async function read(context: CommandContext, client: Sealpost, options: InboxOptions, outcome: Outcome): Promise<void> {
  for await (const entry of client.inbox(options)) {
    if (entry.kind === 'refused') outcome.count++;
    outcome.last = entry.sequence;
    writeEntry(context, entry);
  }
  await client.receipts.flush();
}

async function follow(context: CommandContext, options: InboxOptions & { signal: AbortSignal }): Promise<Outcome> {
  const { signal } = options;
  const total: Outcome = { count: 0, last: options.after };
  const news = new MailboxNews(signal);
  while (!signal.aborted) {
    try {
      await news.wait(await readAndLeave(context, { ...options, wait: false }, total));
    } catch (error) {
      if (!isPassing(error)) throw error;
      context.streams.stderr.write(`sealpost: ${error.message}; trying again\n`);
      await sleep(FOLLOW_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return total;
}

/** Reads what is there, and gives the profile back, so that other commands can use it until there is more. */
async function readAndLeave(context: CommandContext, options: InboxOptions, total: Outcome): Promise<Listener> {
  const moving = options.after !== undefined || options.conversationId !== undefined;
  const service = await context.service();
  return context.withStorage(async (storage) => {
    const client = await Sealpost.resume({ service, storage });
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

function writeEntry(context: CommandContext, entry: InboxEntry): void {
  if (entry.kind === 'refused') context.write(refusedJson(entry), refusedText(entry));
  else if (entry.kind === 'message') context.write(messageJson(entry), messageText(entry));
  else context.write({ ...entry, take: undefined }, receiptText(entry));
}

function messageJson(message: InboxMessage): unknown {
  return { ...message, take: undefined, content: encodeBase64Url(message.content) };
}

function refusedJson({ kind, sequence, claimed, error }: RefusedEntry): unknown {
  return { kind, sequence, claimed, error: { code: error.code, message: error.message } };
}

function messageText(message: InboxMessage): string {
  const { sender, suite, senderProof, contentType, content, events } = message;
  const name = sender.loginId ?? sender.userId;
  const trust = senderProof === 'none' ? 'sender not proven' : sender.verified ? 'verified' : 'not verified';
  const when = timeText(message.sentAt ?? message.receivedAt);
  const head = `${when}  ${message.own ? 'you' : name} (${trust}, ${suite})`;
  const shown = message.text === undefined ? `[${contentType}, ${content.length} bytes]` : message.text;
  const notes = events.map((event) => `  ! ${eventText(event)}\n`).join('');
  return `#${message.sequence}  ${head}\n${notes}${printable(shown).replace(/^/gm, '  ')}\n`;
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
    case 'withheld':
      return 'the sender has seen a message that has not arrived here';
  }
}

function listOf(userIds: readonly string[]): string {
  return userIds.length === 0 ? 'nobody' : userIds.join(', ');
}
