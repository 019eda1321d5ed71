import { codeOf, FileLockError } from '@sealpost/file-lock';
import { ClientError } from '../errors.js';

/** What is wrong, and what the owner of the folder can do, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room and try again',
  EDQUOT: 'the quota of the disk is used up: make room and try again',
  EFBIG: 'a file may not become as large as that: raise the limit (ulimit -f)',
  EROFS: 'it is on a read-only file system: choose another folder',
  EACCES: 'this user has no right to it: choose another folder, or give it to this user',
  EPERM: 'this user has no right to it: choose another folder, or give it to this user',
  ENOENT: 'it is gone: was the folder removed, or its disk taken away?',
  ESTALE: 'it is gone: was the folder removed, or its disk taken away?',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  EISDIR: 'a folder is where a file belongs',
  EIO: 'the disk does not work: look at the system’s log',
  EMFILE: 'this process has too many files open',
  ENFILE: 'the system has too many files open',
};

/** The failure of a file operation as the SDK throws it: always typed, with what can be done about it. */
export function storageFailure(folder: string, error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof FileLockError && error.code !== 'unusable') {
    return new ClientError('storage.locked', `The profile is in use: ${error.message}`, { cause: error });
  }
  const cause = error instanceof FileLockError ? error.cause : error;
  return new ClientError('storage.failed', `The folder ${folder} cannot be used: ${reasonInWords(cause)}`, {
    cause: error,
  });
}

/** Why a file operation failed, and what its owner can do. */
export function reasonInWords(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? `the system says ${code === '' ? String(error) : code}`;
}
