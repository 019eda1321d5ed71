export { codeOf, FileLockError, type FileLockErrorCode } from './errors.js';
export { FileLock, type AcquireOptions } from './file-lock.js';
export { tryKernelLock, type KernelLock, type KernelLockState } from './kernel-lock.js';
export { makeFolder, placeNewFile, syncFolder, writeWholeFile } from './whole-file.js';
