import { randomBytes } from 'node:crypto';
import { StartError } from '../../start-error.js';
import { codeOf, readIfThere } from './file-system.js';
import type { PostgresFolder } from './postgres-folder.js';

/** Passwords of the two roles: the owner of the cluster, used to supervise it, and the owner of the one database. */
export interface Credentials {
  readonly superuser: string;
  readonly application: string;
}

export const SUPERUSER = 'postgres';
export const APPLICATION = 'sealpost';

export function newCredentials(): Credentials {
  const password = (): string => randomBytes(32).toString('base64url');
  return { superuser: password(), application: password() };
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== 'object' || value === null || !('superuser' in value) || !('application' in value)) return false;
  // They are put into a statement that takes no parameters, hence the alphabet.
  return [value.superuser, value.application].every((text) => typeof text === 'string' && /^[\w-]+$/.test(text));
}

async function readFileOf(folder: PostgresFolder): Promise<string | null> {
  try {
    return await readIfThere(folder.credentials);
  } catch (error) {
    throw new StartError(
      `${folder.credentials} cannot be read (${codeOf(error)}). Run this as the user who runs the server.`,
      { cause: error },
    );
  }
}

export async function readCredentials(folder: PostgresFolder): Promise<Credentials> {
  const content = await readFileOf(folder);
  try {
    const value: unknown = JSON.parse(content ?? '');
    if (isCredentials(value)) return value;
  } catch {
    // The message below says it.
  }
  throw new StartError(
    `${folder.credentials}, which holds the passwords of the embedded database, is ${content === null ? 'missing' : 'damaged'}. ` +
      'Restore it from the backup that the rest of the folder comes from.',
  );
}
