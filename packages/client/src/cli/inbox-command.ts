import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase64Url } from '@sealpost/protocol';
import { SealpostError } from '../errors.js';
import type { InboxEntry, InboxMessage, RefusedEntry } from '../inbox/inbox-entry.js';
import type { InboxOptions } from '../inbox/inbox.js';
import type { StreamEvent } from '../messages/stream-events.js';
import type { Command, CommandContext } from './command.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { printable, timeText } from './terminal.js';

/** Between two looks of --follow. The profile is free meanwhile, so that other commands can use it. */
const FOLLOW_PAUSE_MS = 1000;
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
    for await (const entry of client.inbox(options)) {
      if (entry.kind === 'refused') outcome.count++;
      outcome.last = entry.sequence;
      writeEntry(context, entry);
    }
  });
  return outcome;
}

async function follow(context: CommandContext, options: InboxOptions & { signal: AbortSignal }): Promise<Outcome> {
  const { signal, ...rest } = options;
  const total: Outcome = { count: 0, last: options.after };
  const moving = options.after !== undefined || options.conversationId !== undefined;
  while (!signal.aborted) {
    let wait = FOLLOW_PAUSE_MS;
    try {
      const after = moving ? { after: total.last ?? 0 } : {};
      const { count, last } = await readAvailable(context, { ...rest, ...after, wait: false, signal });
      total.count += count;
      total.last = last;
    } catch (error) {
      if (!isPassing(error)) throw error;
      context.streams.stderr.write(`sealpost: ${error.message}; trying again\n`);
      wait = FOLLOW_RETRY_MS;
    }
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }
  return total;
}

function isPassing(error: unknown): error is SealpostError {
  return error instanceof SealpostError && (exitCodeOf(error) === EXIT.unreachable || error.code === 'storage.locked');
}

function writeEntry(context: CommandContext, entry: InboxEntry): void {
  if (entry.kind === 'refused') context.write(refusedJson(entry), refusedText(entry));
  else context.write(messageJson(entry), messageText(entry));
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
