import { lstat, readFile } from 'node:fs/promises';
import { codeOf } from '@sealpost/file-lock';

export { codeOf } from '@sealpost/file-lock';

export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
