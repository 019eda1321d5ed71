import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartError } from '../start-error.js';
import { generateSecrets, MalformedSecrets, parseSecrets, rotateSigningKey, secretsOf } from './secrets-document.js';
import type { SecretsDocument } from './secrets-document.js';
import type { ServerSecrets } from './server-secrets.js';

const OTHERS_MAY_DO_ANYTHING = 0o077;
const MAX_FILE_BYTES = 65_536;

export interface OpenedSecrets {
  readonly secrets: ServerSecrets;
  /** True when this call made the file. */
  readonly created: boolean;
}

/**
 * Reads the secrets file, or makes it. Of several processes that make it at the same time one wins, and all use its keys.
 * @throws StartError when the file is malformed, readable by others, or somebody else's
 */
export async function openSecrets(file: string): Promise<OpenedSecrets> {
  const existing = await readDocument(file);
  if (existing !== null) return { secrets: secretsOf(existing), created: false };
  const created = await createDocument(file, generateSecrets(new Date()));
  const document = await readDocument(file);
  if (document === null) throw new StartError(`The secrets file ${file} vanished while it was being made.`);
  return { secrets: secretsOf(document), created };
}

/**
 * Reads the secrets file once more, for what was added to it since the start.
 * @throws StartError as `openSecrets` does, and where the file is gone
 */
export async function rereadSecrets(file: string): Promise<ServerSecrets> {
  const document = await readDocument(file);
  if (document === null) throw new StartError(`The secrets file ${file} is gone.`);
  return secretsOf(document);
}

/**
 * Puts a new signing key in front; the others keep verifying. A running server uses it after a restart.
 * @returns the kid of the new key
 */
export async function rotateSigningKeyInFile(file: string): Promise<string> {
  const document = await readDocument(file);
  if (document === null)
    throw new StartError(`There is no secrets file ${file}; the first start of the server makes it.`);
  const rotated = rotateSigningKey(document, new Date());
  await withTemporaryFile(file, rotated, (temporary) => rename(temporary, file));
  return secretsOf(rotated).signingKeys[0].kid;
}

async function readDocument(file: string): Promise<SecretsDocument | null> {
  const text = await readPrivateFile(file);
  if (text === null) return null;
  try {
    return parseSecrets(text);
  } catch (error) {
    if (!(error instanceof MalformedSecrets)) throw error;
    throw new StartError(
      `The secrets file ${file} cannot be used: ${error.message}. Restore it from a backup, or move it away to start ` +
        'with new secrets, which ends every session.',
    );
  }
}

/** The checks are made on the opened file, so that it cannot be exchanged in between. */
async function readPrivateFile(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return null;
    throw new StartError(`The secrets file ${file} cannot be read: ${reasonOf(error)}.`);
  });
  if (handle === null) return null;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new StartError(`The secrets file ${file} is not a file.`);
    if (stat.size > MAX_FILE_BYTES) throw new StartError(`The secrets file ${file} is too large to be one.`);
    const user = process.geteuid?.();
    if (user !== undefined && stat.uid !== user) {
      throw new StartError(
        `The secrets file ${file} belongs to the user with id ${stat.uid}, but this process runs as ${user}. ` +
          'Run it as the owner, or change the owner of the file.',
      );
    }
    if ((stat.mode & OTHERS_MAY_DO_ANYTHING) !== 0) {
      throw new StartError(`The secrets file ${file} is open to other users. Close it with: chmod 600 ${file}`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Returns false when another process was faster. */
async function createDocument(file: string, document: SecretsDocument): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new StartError(`The folder of the secrets file ${file} cannot be made: ${reasonOf(error)}.`);
  });
  try {
    // Unlike a rename, a link fails when the name exists.
    await withTemporaryFile(file, document, (temporary) => link(temporary, file));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw new StartError(`The secrets file ${file} cannot be written: ${reasonOf(error)}.`);
  }
}

/** Writes the document beside the file and hands the name to `place`; what is placed is complete and on the disk. */
async function withTemporaryFile(
  file: string,
  document: SecretsDocument,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function reasonOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
