import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@sealpost/file-lock';
import { StartError } from '../../start-error.js';
import { codeOf, readIfThere } from './file-system.js';
import { giveTo, isRoot } from './postgres-account.js';
import type { PostgresAccount } from './postgres-account.js';

export const PORT = 5432;

/** The longest path of a Unix socket: the system's structure has 108 bytes on Linux and 104 on macOS, one of them NUL. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;
const SOCKET_PREFIX = 'sealpost-';

/**
 * What the embedded database keeps in the data folder:
 * `postgres/cluster` PostgreSQL's own files, `postgres/socket`, `postgres/credentials.json`, `postgres/server.log`.
 */
export class PostgresFolder {
  readonly path: string;
  readonly cluster: string;
  readonly socket: string;
  readonly credentials: string;
  readonly log: string;
  /** The lock of the server that works here. */
  readonly lock: string;
  /** Held by PostgreSQL's own processes. */
  readonly running: string;

  constructor(readonly dataDir: string) {
    this.path = join(dataDir, 'postgres');
    this.cluster = join(this.path, 'cluster');
    this.socket = join(this.path, 'socket');
    this.credentials = join(this.path, 'credentials.json');
    this.log = join(this.path, 'server.log');
    this.lock = join(dataDir, 'server.lock');
    this.running = join(this.path, 'running');
  }

  /** Where the path of another folder for the socket is noted, when that of `postgres/socket` is too long. */
  get socketNote(): string {
    return join(this.path, 'socket-folder');
  }
}

export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= LONGEST_SOCKET_PATH;
}

/** The mode of the folders above the cluster: when root starts the database, its account must pass through them. */
export function passage(): number {
  return isRoot() ? 0o711 : 0o700;
}

/** Makes the data folder if need be, and says at once if nothing can be written there. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir, process.platform === 'linux' ? 0o700 : passage());
    await rm(await mkdtemp(join(dataDir, '.writable-')), { recursive: true, force: true });
  } catch (error) {
    const reasons: Record<string, string> = {
      EROFS: 'it is on a read-only file system',
      EACCES: `user ${process.getuid?.() ?? '?'} may not write there`,
      EPERM: `user ${process.getuid?.() ?? '?'} may not write there`,
      ENOSPC: 'the disk is full',
      ENOTDIR: 'a part of the path is a file',
      EEXIST: 'it is a file',
      ENOENT: 'nothing can be made there',
    };
    const reason = reasons[codeOf(error)] ?? codeOf(error);
    throw new StartError(
      `The data folder ${dataDir} cannot be used: ${reason}. Set SEALPOST_DATA_DIR to another one.`,
      {
        cause: error,
      },
    );
  }
}

/** Where a client finds the database's socket, whether or not it runs. */
export async function socketFolderOf(folder: PostgresFolder): Promise<string> {
  if (fitsSocket(folder.socket)) return folder.socket;
  return (await readIfThere(folder.socketNote))?.trim() ?? folder.socket;
}

async function isUsable(path: string, account: PostgresAccount): Promise<boolean> {
  const status = await lstat(path).catch(() => null);
  const uid = account.spawnOptions.uid ?? process.getuid?.();
  return status !== null && status.isDirectory() && status.uid === uid && (status.mode & 0o077) === 0;
}

/** A folder for the socket that only the database's account and root can enter, with a path that is short enough. */
export async function prepareSocketFolder(folder: PostgresFolder, account: PostgresAccount): Promise<string> {
  if (fitsSocket(folder.socket)) {
    await mkdir(folder.socket, { mode: 0o700, recursive: true });
    await chmod(folder.socket, 0o700);
    await giveTo(account, folder.socket);
    return folder.socket;
  }
  const known = await socketFolderOf(folder);
  if (known !== folder.socket && (await isUsable(known, account))) return known;
  const parent = [tmpdir(), '/tmp'].find((path) => fitsSocket(join(path, `${SOCKET_PREFIX}XXXXXX`)));
  if (parent === undefined) {
    throw new StartError(`The path of the data folder is too long for a Unix socket: ${folder.dataDir}.`);
  }
  const short = await mkdtemp(join(parent, SOCKET_PREFIX));
  await giveTo(account, short);
  await writeFile(folder.socketNote, `${short}\n`, { mode: 0o600 });
  return short;
}

export async function removeShortSocketFolder(folder: PostgresFolder): Promise<void> {
  const path = await socketFolderOf(folder);
  if (path === folder.socket) return;
  await rm(path, { recursive: true, force: true });
  await rm(folder.socketNote, { force: true });
}

/** What an interrupted first start left; its initdb may still be writing there for a moment. */
export async function removeDrafts(folder: PostgresFolder): Promise<void> {
  const drafts = (await readdir(folder.dataDir)).filter((name) => name.startsWith('postgres.new-'));
  for (const name of drafts) {
    await rm(join(folder.dataDir, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
