import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeFolder, writeWholeFile } from '@sealpost/file-lock';
import { StartError } from '../start-error.js';
import { generateSecrets, MalformedSecrets, parseSecrets, rotateSigningKey, secretsOf } from './secrets-document.js';
import type { SecretsDocument } from './secrets-document.js';
import type { ServerSecrets } from './server-secrets.js';

const OTHERS_MAY_DO_ANYTHING = 0o077;
const MAX_FILE_BYTES = 65_536;
const READS_OF_EMPTY = 20;
const READ_AGAIN_MS = 50;

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
 * Reads the secrets file once more, for the signing keys that were made since the start.
 * @throws StartError as `openSecrets` does, and where the file is gone
 */
export async function rereadSecrets(file: string): Promise<ServerSecrets> {
  const document = await readDocument(file);
  if (document === null) throw new StartError(`The secrets file ${file} is gone.`);
  return secretsOf(document);
}

/**
 * Puts a new signing key in front; the others verify what was signed before. A running server uses it within seconds.
 * @returns the kid of the new key
 */
export async function rotateSigningKeyInFile(file: string): Promise<string> {
  const document = await readDocument(file);
  if (document === null)
    throw new StartError(`There is no secrets file ${file}; the first start of the server makes it.`);
  const rotated = rotateSigningKey(document, new Date());
  await writeDocument(file, rotated, { replace: true });
  return secretsOf(rotated).signingKeys[0].kid;
}

async function readDocument(file: string): Promise<SecretsDocument | null> {
  const text = await readWholeFile(file);
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

/** Where there are no links, a file that is just being made is empty for a moment. */
async function readWholeFile(file: string): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    const text = await readPrivateFile(file);
    if (text !== '' || attempt === READS_OF_EMPTY) return text;
    await setTimeout(READ_AGAIN_MS);
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
  await makeFolder(dirname(file), 0o700).catch((error: unknown) => {
    throw new StartError(`The folder of the secrets file ${file} cannot be made: ${reasonOf(error)}.`);
  });
  try {
    await writeDocument(file, document, { replace: false });
    return true;
  } catch (error) {
    if (error instanceof StartError && isErrno(error.cause, 'EEXIST')) return false;
    throw error;
  }
}

/** @throws StartError where it fails; the file is as it was then */
async function writeDocument(
  file: string,
  document: SecretsDocument,
  { replace }: { replace: boolean },
): Promise<void> {
  try {
    await writeWholeFile(file, `${JSON.stringify(document, null, 2)}\n`, { replace });
  } catch (cause) {
    throw new StartError(`The secrets file ${file} cannot be written: ${reasonOf(cause)}.`, { cause });
  }
}

function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function reasonOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
