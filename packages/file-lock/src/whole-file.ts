import { randomUUID } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './errors.js';

/** What systems say of links that the file system does not have: FAT, some shares and FUSE, Windows. */
const NO_LINKS = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK', 'UNKNOWN'];
/** What they say of folders that cannot be flushed and need not be, or where nobody can help it. */
const NO_FOLDER_FLUSH = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Gives a finished file the name that it is made for, unless there is one of that name: of several that try, one wins.
 * Where the file system has no links, an empty file stands there for a moment. The draft may stay: the caller removes it.
 * @throws EEXIST where there is one
 */
export async function placeNewFile(
  finished: string,
  path: string,
  files: Pick<typeof nodeFiles, 'link' | 'open' | 'rename' | 'rm'> = nodeFiles,
): Promise<void> {
  try {
    // Unlike a rename, a link fails when the name exists.
    await files.link(finished, path);
    return;
  } catch (error) {
    if (!NO_LINKS.includes(codeOf(error))) throw error;
  }
  // Only one can make the file of that name, and so only that one replaces it.
  const reserved = await files.open(path, 'wx', 0o600);
  await reserved.close();
  try {
    await files.rename(finished, path);
  } catch (error) {
    await files.rm(path, { force: true });
    throw error;
  }
}

/**
 * Writes a file of mode 0600 that is complete and on the disk before it has its name. Where that fails, e.g. on a full disk,
 * what was there is as it was.
 * @param replace the file that is there; otherwise there must be none
 * @throws EEXIST where there is one, or the error of the system
 */
export async function writeWholeFile(path: string, content: string, { replace = false } = {}): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await nodeFiles.open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) await nodeFiles.rename(draft, path);
    else await placeNewFile(draft, path);
    await syncFolder(dirname(path));
  } finally {
    await nodeFiles.rm(draft, { force: true }).catch(() => undefined);
  }
}

/**
 * Makes a folder and those above it that are missing; one that is there is left as it is. Node's own `recursive` never
 * ends where a folder that exists cannot have this child, as in /proc or under an automounter.
 */
export async function makeFolder(
  folder: string,
  mode: number,
  files: Pick<typeof nodeFiles, 'mkdir'> = nodeFiles,
): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder && !(await isFolder(parent))) await makeFolder(parent, mode, files);
  try {
    await files.mkdir(folder, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(codeOf(error) === 'EEXIST' && (await isFolder(folder)))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const status = await nodeFiles.stat(path).catch(() => null);
  return status?.isDirectory() === true;
}

/** Names in a folder survive a power cut from here on. */
export async function syncFolder(folder: string, files: Pick<typeof nodeFiles, 'open'> = nodeFiles): Promise<void> {
  try {
    const handle = await files.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!NO_FOLDER_FLUSH.includes(codeOf(error))) throw error;
  }
}
