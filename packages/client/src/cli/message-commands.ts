import { readFile } from 'node:fs/promises';
import { MESSAGE_SUITES, type MessageSuite } from '@sealpost/protocol';
import type { Content, SendOptions } from '../sending/draft.js';
import type { Command, CommandContext } from './command.js';
import { inbox } from './inbox-command.js';
import { readAll, timeText } from './terminal.js';
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
        context.write(entry, `${entry.messageId}  ${timeText(entry.sentAt)}  ${fate}`);
      }
    });
    return undefined;
  },
};

export const messageCommands = { send, inbox, outbox } satisfies Record<string, Command>;
