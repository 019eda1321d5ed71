import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { decodeServiceKey, encodeServiceKey, type ServiceKey } from '../account/service-account.js';
import { ClientError } from '../errors.js';
import { codeOf, writeWholeFile } from '@sealpost/file-lock';
import { reasonInWords } from './storage-failure.js';

/** Longer than any key is. */
const LARGEST_BYTES = 16 * 1024;

/**
 * Reads the key of a service account from a file that nobody else can read or put in its place: a regular file, no
 * symbolic link, of this user, with mode 0600 or less.
 * @throws ClientError `service-key.refused`
 */
export async function readServiceKey(path: string): Promise<ServiceKey> {
  const file = await openKeyFile(path);
  try {
    await checkFile(file, path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST_BYTES), 0, LARGEST_BYTES, 0);
    const content = buffer.toString('utf8', 0, bytesRead);
    buffer.fill(0);
    return decodeServiceKey(content);
  } finally {
    await file.close();
  }
}

async function openKeyFile(path: string): Promise<FileHandle> {
  try {
    // NONBLOCK: a pipe of that name must not hold the program up.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (codeOf(cause) === 'ELOOP') throw refused(path, 'is a symbolic link');
    if (codeOf(cause) === 'ENOENT') throw refused(path, 'does not exist');
    throw refused(path, `cannot be opened: ${reasonInWords(cause)}`, cause);
  }
}

/** Checks the opened file, so that it cannot be exchanged between the look and the reading. */
async function checkFile(file: FileHandle, path: string): Promise<void> {
  const status = await file.stat();
  if (!status.isFile()) throw refused(path, 'is not a file');
  if (process.platform === 'win32') return;
  if ((status.mode & 0o177) !== 0) throw refused(path, 'may be used by others: chmod 600 it');
  const owner = process.getuid?.();
  if (owner !== undefined && status.uid !== owner) throw refused(path, 'belongs to another user');
}

/**
 * Writes a key to a file of mode 0600, all of it or nothing.
 * @param replace the file that is there; otherwise there must be none
 * @throws ClientError `service-key.refused` where there is one, or none can be written
 */
export async function writeServiceKey(path: string, key: ServiceKey, { replace = false } = {}): Promise<void> {
  try {
    await writeWholeFile(path, encodeServiceKey(key), { replace });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw refused(path, 'exists already');
    throw refused(path, `cannot be written: ${reasonInWords(cause)}`, cause);
  }
}

function refused(path: string, reason: string, cause?: unknown): ClientError {
  return new ClientError('service-key.refused', `The key file ${path} ${reason}`, { cause });
}
