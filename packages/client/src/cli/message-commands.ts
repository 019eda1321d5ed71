import { readFile } from 'node:fs/promises';
import {
  choice,
  duration,
  file,
  many,
  optional,
  required,
  text,
  timeText,
  UsageError,
  type Streams,
} from '@sealpost/command-line';
import { MESSAGE_SUITES } from '@sealpost/protocol';
import type { Sealpost } from '../sealpost.js';
import type { Content } from '../sending/draft.js';
import { command, type CommandContext } from './context.js';
import { inbox } from './inbox-command.js';
import { readAll } from './terminal.js';

const send = command({
  name: 'messages send',
  alias: 'send',
  summary: 'encrypt and send -m, a file, or standard input',
  arguments: { user: many(text(), 'loginIds or userIds') },
  options: {
    message: optional(text('TEXT'), 'what to send; others on this machine can see arguments', { short: 'm' }),
    file: optional(file, 'what to send'),
    suite: optional(choice(MESSAGE_SUITES), 'how it is sealed'),
    type: optional(text(), 'the content type'),
    conversation: optional(text('ID'), 'where it belongs'),
    expires: optional(duration('1s', '36500d'), 'after which time the server forgets it'),
  },
  run: async ({ user = [], suite, conversation, expires, ...said }, context) => {
    const content = await contentOf(said, context.streams);
    await context.withClient(async (client) => {
      const sent = await client.send(user, content, {
        ...(suite === undefined ? {} : { suite }),
        ...(conversation === undefined ? {} : { conversationId: conversation }),
        ...(expires === undefined ? {} : { expiresInMs: expires }),
      });
      context.write(sent, `Sent ${sent.messageId}.`);
    });
  },
});

interface Said {
  readonly message?: string;
  readonly file?: string;
  readonly type?: string;
}

/** Standard input is text without its last line break, unless a type is given. */
async function contentOf({ message, file, type: contentType }: Said, { stdin }: Streams): Promise<Content> {
  if (message !== undefined && file !== undefined) throw new UsageError('Give either -m or --file');
  if (message !== undefined) return contentType === undefined ? message : { contentType, body: message };
  if (file !== undefined) return { contentType: contentType ?? 'application/octet-stream', body: await readFile(file) };
  const body = await readAll(stdin);
  if (contentType !== undefined) return { contentType, body };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body).replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('Standard input is not UTF-8 text: say what it is with --type');
  }
}

const list = command({
  name: 'outbox list',
  alias: 'outbox',
  summary: 'list messages that may not have been taken',
  run: (_, context) => context.withClient((client) => writeOutbox(context, client)),
});

const flush = command({
  name: 'outbox flush',
  summary: 'send them again',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      await client.outbox.flush();
      await writeOutbox(context, client);
    });
  },
});

const discard = command({
  name: 'outbox discard',
  summary: 'give one up',
  arguments: { messageId: required(text(), 'of "outbox list"') },
  run: async ({ messageId }, context) => {
    await context.withClient(async (client) => {
      await client.outbox.discard(messageId);
      await writeOutbox(context, client);
    });
  },
});

async function writeOutbox(context: CommandContext, client: Sealpost): Promise<void> {
  for (const entry of await client.outbox.list()) {
    const fate = entry.refused === undefined ? 'not confirmed' : `refused: ${entry.refused.code}`;
    context.write(entry, `${entry.messageId}  ${timeText(entry.sentAt)}  ${fate}`);
  }
}

export const messageCommands = [send, inbox, list, flush, discard];
