import { open, type FileHandle } from 'node:fs/promises';
import { lineOf, type ExportLine } from '../account/export.js';
import { ClientError } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import type { Sealpost } from '../sealpost.js';

const READ_BYTES = 64 * 1024;
const WRITE_CHARACTERS = 256 * 1024;
const LF = 0x0a;
/** How every export begins. */
const HEADER = '{"kind":"header",';

/**
 * Writes the export of the account into a file (mode 0600), one line of JSON after the other. An export that the file holds
 * the beginning of is continued; a complete one is left as it is.
 * @returns the counts of the last line
 * @throws ClientError `client.invalid-argument` where the path is no regular file, or the file holds something
 * else, or another account
 */
export async function exportToFile(
  client: Sealpost,
  path: string,
  options: CallOptions = {},
): Promise<Readonly<Record<string, number>>> {
  const file = await open(path, 'a+', 0o600);
  try {
    // Permissions of a device are everybody's: as root, an export to /dev/null would take it from all others.
    if (!(await file.stat()).isFile()) throw new ClientError('client.invalid-argument', `${path} is not a file`);
    await file.chmod(0o600);
    const last = await lastLineOf(file, client.userId, path);
    if (last?.kind === 'end') return countsOf(last);
    const after = last?.cursor === undefined ? {} : { after: last.cursor };
    return await append(file, client.account.export({ ...options, ...after }));
  } finally {
    await file.close();
  }
}

/** Many lines at once, in their order, and all of them before the end is told. */
async function append(
  file: FileHandle,
  lines: AsyncGenerator<ExportLine, void, void>,
): Promise<Readonly<Record<string, number>>> {
  let waiting = '';
  let counts: Readonly<Record<string, number>> = {};
  const flush = async (): Promise<void> => {
    await file.appendFile(waiting);
    waiting = '';
  };
  try {
    for await (const line of lines) {
      waiting += `${line.json}\n`;
      if (line.kind === 'end') counts = countsOf(line);
      if (waiting.length > WRITE_CHARACTERS) await flush();
    }
  } finally {
    // What arrived before a failure needs not be asked for again.
    await flush();
    await file.sync();
  }
  return counts;
}

function countsOf({ json }: ExportLine): Readonly<Record<string, number>> {
  return (JSON.parse(json) as { readonly counts: Readonly<Record<string, number>> }).counts;
}

/** The last complete line; what was written of a further one is cut off. Null where there is none. */
async function lastLineOf(file: FileHandle, userId: string, path: string): Promise<ExportLine | null> {
  const { size } = await file.stat();
  if (size === 0) return null;
  const end = await lineFeedBefore(file, size);
  const [first = ''] = (await readText(file, 0, Math.min(size, READ_BYTES))).split('\n', 1);
  // Nothing is changed in a file that is not known to be an export.
  if (end === 0 ? !isBeginningOfHeader(first) : !isHeaderOf(first, userId)) {
    throw new ClientError('client.invalid-argument', `${path} holds something else than an export of this account`);
  }
  await file.truncate(end);
  if (end === 0) return null;
  const start = await lineFeedBefore(file, end - 1);
  return lineOf((await readText(file, start, end)).trimEnd());
}

function isBeginningOfHeader(line: string): boolean {
  return line.startsWith(HEADER) || HEADER.startsWith(line);
}

function isHeaderOf(line: string, owner: string): boolean {
  try {
    const { kind, userId } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return kind === 'header' && userId === owner;
  } catch {
    return false;
  }
}

/** The position after the last line feed before `end`; 0 where there is none. */
async function lineFeedBefore(file: FileHandle, end: number): Promise<number> {
  const buffer = Buffer.alloc(READ_BYTES);
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - READ_BYTES);
    const { bytesRead } = await file.read(buffer, 0, to - from, from);
    const found = buffer.subarray(0, bytesRead).lastIndexOf(LF);
    if (found >= 0) return from + found + 1;
    to = from;
  }
  return 0;
}

async function readText(file: FileHandle, from: number, to: number): Promise<string> {
  const buffer = Buffer.alloc(to - from);
  await file.read(buffer, 0, buffer.length, from);
  return buffer.toString('utf8');
}
