import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { codeOf } from './errors.js';

/** `locked`: by this handle, until it and all copies of it are closed. `unsupported`: the kernel keeps no such locks here. */
export type KernelLockState = 'locked' | 'held' | 'unsupported';

export interface KernelLock {
  readonly handle: FileHandle;
  readonly state: KernelLockState;
}

/** Opening with these flags locks on macOS (O_EXLOCK) and Windows (libuv's UV_FS_O_EXLOCK); Node has no names for them. */
const LOCKING_FLAGS: Readonly<Partial<Record<NodeJS.Platform, number>>> = {
  darwin: 0x20 | constants.O_NONBLOCK,
  win32: 0x10000000,
};
/** What flock(1) says of a lock that another has; anything else means that there is none to be had. */
const FLOCK_HELD = 1;

/**
 * File systems that no other kernel works on at the same time: the lock that is free here is free everywhere. Magic
 * numbers of statfs(2): ext, xfs, btrfs, tmpfs, overlayfs, zfs, f2fs, ramfs, bcachefs, FAT, exFAT, NTFS.
 */
const LOCAL_FILE_SYSTEMS = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0x858458f6, 0xca451a4e, 0x4d44,
  0x2011bab0, 0x7366746e,
]);

/**
 * Asks the kernel for an exclusive lock of a file, which is made if need be. The lock belongs to the open file: it holds
 * for a process that is paused and in another container, passes to children that inherit the handle, and is gone as soon
 * as the last of them ends, however it ends.
 */
export async function tryKernelLock(path: string): Promise<KernelLock | null> {
  const flags = constants.O_RDWR | constants.O_CREAT;
  const locking = LOCKING_FLAGS[process.platform];
  if (locking === undefined) {
    const handle = await open(path, flags, 0o600);
    try {
      return await settle(handle, await runFlock(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
  try {
    return { handle: await open(path, flags | locking, 0o600), state: 'locked' };
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes(codeOf(error))) return null;
    if (!['ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(codeOf(error))) throw error;
    return { handle: await open(path, flags, 0o600), state: 'unsupported' };
  }
}

/** Whether only this machine's kernel can have the file open. False where that is not known. */
export async function isLocalFileSystem(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { type } = await statfs(path);
  return LOCAL_FILE_SYSTEMS.has(type >>> 0);
}

async function settle(handle: FileHandle, state: KernelLockState): Promise<KernelLock | null> {
  if (state !== 'held') return { handle, state };
  await handle.close();
  return null;
}

/**
 * flock(2), which Node lacks, by the small program of util-linux or BusyBox: it locks the open file that it inherits, and
 * leaves the lock to us when it ends.
 */
async function runFlock(handle: FileHandle): Promise<KernelLockState> {
  const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', handle.fd] });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return 'locked';
    return code === FLOCK_HELD && complaint === '' ? 'held' : 'unsupported';
  } catch {
    // There is no such program.
    return 'unsupported';
  }
}
