import { FileLock, FileLockError } from '@sealpost/file-lock';
import { abortable } from '../../abortable.js';
import { StartError } from '../../start-error.js';
import type { Log } from '../postgres-server.js';
import type { PostgresFolder } from './postgres-folder.js';
import { OccupiedError } from './supervision.js';

/** How long a server that is being replaced may take for the last of its stop. */
const PATIENCE_MS = 3000;

export interface DataFolderLockOptions {
  readonly log: Log;
  /** Called once if the lock was taken away: the folder is gone, or another server's. */
  readonly onLost: (error: StartError) => void;
  readonly signal?: AbortSignal;
}

/** Where an end has several reasons, the first is told. */
export function onceOnly(tell: ((error: StartError) => void) | undefined): (error: StartError) => void {
  let told = false;
  return (error) => {
    if (!told) tell?.(error);
    told = true;
  };
}

/**
 * The right to run a database in the data folder, held from before the first look into it until the database has stopped:
 * two PostgreSQL on the same files destroy them, and see each other neither across containers nor while one is paused.
 */
export async function lockDataFolder(folder: PostgresFolder, options: DataFolderLockOptions): Promise<FileLock> {
  const locked = acquire(folder, options);
  return abortable(locked, options.signal).catch((error: unknown) => {
    // One that is had too late is given back.
    void locked.then((lock) => lock.release()).catch(() => undefined);
    throw error;
  });
}

async function acquire(folder: PostgresFolder, { log, onLost }: DataFolderLockOptions): Promise<FileLock> {
  try {
    return await FileLock.acquire(folder.lock, {
      waitMs: PATIENCE_MS,
      onWait: (reason) => log.warn({ reason }, 'waiting for the data folder'),
      onLost: (reason) => onLost(new StartError(`The data folder is lost: ${reason}.`)),
    });
  } catch (error) {
    if (!(error instanceof FileLockError)) throw error;
    if (error.code === 'held') throw new OccupiedError(folder.dataDir, error.message);
    throw new StartError(`The data folder ${folder.dataDir} cannot be used: ${error.message}.`, { cause: error });
  }
}
