import { readFile } from 'node:fs/promises';
import { encodeBase64Url, MESSAGE_SUITES, type MessageSuite } from '@sealpost/protocol';
import type { InboxEntry, InboxMessage, RefusedEntry } from '../inbox/inbox-entry.js';
import type { StreamEvent } from '../messages/stream-events.js';
import type { Content, SendOptions } from '../sending/draft.js';
import type { Command, CommandContext } from './command.js';
import { EXIT } from './exit-codes.js';
import { printable, readAll } from './terminal.js';
import { UsageError } from './usage-error.js';

const send: Command = {
  usage: 'USER… [-m TEXT | --file PATH] [--suite S] [--type T] [--conversation ID] [--expires SECONDS]',
  summary: 'encrypt and send -m, a file, or standard input',
  options: {
    message: { type: 'string', short: 'm' },
    file: { type: 'string' },
    suite: { type: 'string' },
    type: { type: 'string' },
    conversation: { type: 'string' },
    expires: { type: 'string' },
  },
  run: async (context) => {
    if (context.positionals.length === 0) throw new UsageError('Give at least one user to send to');
    const options = sendOptions(context);
    const content = await contentOf(context);
    await context.withClient(async (client) => {
      const sent = await client.send(context.positionals, content, options);
      context.write(sent, `Sent ${sent.messageId}.`);
    });
    return undefined;
  },
};

function sendOptions(context: CommandContext): SendOptions {
  const suite = context.text('suite');
  if (suite !== undefined && !isSuite(suite)) throw new UsageError(`--suite is one of ${MESSAGE_SUITES.join(', ')}`);
  const conversationId = context.text('conversation');
  const expiresInSeconds = context.number('expires');
  return {
    ...(suite === undefined ? {} : { suite }),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  };
}

function isSuite(text: string): text is MessageSuite {
  return MESSAGE_SUITES.some((suite) => suite === text);
}

/** Standard input is text without its last line break, unless a type is given. */
async function contentOf(context: CommandContext): Promise<Content> {
  const message = context.text('message');
  const file = context.text('file');
  const contentType = context.text('type');
  if (message !== undefined && file !== undefined) throw new UsageError('Give either -m or --file');
  if (message !== undefined) return contentType === undefined ? message : { contentType, body: message };
  if (file !== undefined) return { contentType: contentType ?? 'application/octet-stream', body: await readFile(file) };
  const body = await readAll(context.streams.stdin);
  if (contentType !== undefined) return { contentType, body };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body).replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('Standard input is not UTF-8 text: say what it is with --type');
  }
}

const inbox: Command = {
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
    const after = context.number('after');
    const conversationId = context.text('conversation');
    const stop = new AbortController();
    const interrupt = (): void => {
      stop.abort();
    };
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    const options = {
      wait: context.flag('follow') || (context.number('wait') ?? false),
      signal: stop.signal,
      ...(after === undefined ? {} : { after }),
      ...(conversationId === undefined ? {} : { conversationId }),
    };
    let refused = 0;
    try {
      await context.withClient(async (client) => {
        for await (const entry of client.inbox(options)) {
          if (entry.kind === 'refused') refused++;
          writeEntry(context, entry);
        }
      });
    } finally {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
    return refused > 0 ? EXIT.refusedEntries : undefined;
  },
};

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
  const when = new Date(message.sentAt ?? message.receivedAt).toISOString();
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

const outbox: Command = {
  usage: '[--flush | --discard MESSAGE_ID]',
  summary: 'list messages that may not have been taken, send them again, or give one up',
  options: { flush: { type: 'boolean' }, discard: { type: 'string' } },
  run: async (context) => {
    context.none();
    await context.withClient(async (client) => {
      const discarded = context.text('discard');
      if (discarded !== undefined) await client.outbox.discard(discarded);
      if (context.flag('flush')) await client.outbox.flush();
      for (const entry of await client.outbox.list()) {
        const fate = entry.refused === undefined ? 'not confirmed' : `refused: ${entry.refused.code}`;
        context.write(entry, `${entry.messageId}  ${new Date(entry.sentAt).toISOString()}  ${fate}`);
      }
    });
    return undefined;
  },
};

export const messageCommands = { send, inbox, outbox } satisfies Record<string, Command>;
