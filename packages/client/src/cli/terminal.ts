import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';
import { UsageError, type Streams } from '@sealpost/command-line';

/** Asks on the terminal without showing what is typed. The question goes to standard error, so that output stays clean. */
export async function askSecret(
  { stdin, stderr }: Streams,
  question: string,
  instead = 'the password: give it with --password-stdin',
): Promise<string> {
  if (stdin.isTTY !== true) throw new UsageError(`There is no terminal to ask for ${instead}`);
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: stdin, output: silent, terminal: true, historySize: 0 });
  stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => {
        reject(new UsageError('Cancelled'));
      });
      lines.once('close', () => {
        reject(new UsageError('The password was not given'));
      });
    });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

/**
 * Asks on the terminal; what is typed is shown.
 * @param over takes the question back
 */
export async function askLine({ stdin, stderr }: Streams, question: string, over?: AbortSignal): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: stdin.isTTY === true, historySize: 0 });
  over?.addEventListener('abort', () => lines.close(), { once: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question(question, resolve);
      for (const end of ['SIGINT', 'close'] as const) lines.once(end, () => reject(new UsageError('Cancelled')));
    });
  } finally {
    lines.close();
  }
}

/** Everything on standard input. */
export async function readAll(stdin: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** The first lines of standard input, without their ends. The rest is left out: a password has one line. */
export async function readLines(stdin: Readable, count: number): Promise<string[]> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await readAll(stdin));
  const lines = text.split(/\r?\n/, count);
  return Array.from({ length: count }, (_, index) => lines[index] ?? '');
}

/** What is shown once could not be shown. */
export class WordsNotShown extends Error {
  override readonly name = 'WordsNotShown';
}
