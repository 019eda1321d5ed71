import { lstat, open, rm } from 'node:fs/promises';
import { UsageError } from '@sealpost/command-line';
import { placeNewFile } from '@sealpost/file-lock';

/**
 * Writes a file that only its owner can read and that is there as a whole or not at all. An existing one is never
 * replaced; neither is one that somebody else makes meanwhile.
 * @param make what is written; called once it is clear that it can be
 * @throws UsageError where there is such a file, or none can be made
 */
export async function writeNewFile(path: string, make: () => Promise<string>): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  const file = await open(unfinished, 'wx', 0o600).catch(explain(path));
  try {
    await file.close();
    // Before anything is made; that it was true then does not replace the check of placeNewFile().
    await refuseExisting(path);
    const content = await make();
    await fill(unfinished, content).catch(explain(path));
    await placeNewFile(unfinished, path).catch(explain(path));
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).then(
    () => true,
    () => false,
  );
  if (found) throw existing(path);
}

async function fill(path: string, content: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function explain(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === 'EEXIST') throw existing(path);
    throw new UsageError(`${path} cannot be written: ${error.message}`);
  };
}

function existing(path: string): UsageError {
  return new UsageError(`${path} exists already: it is not replaced`);
}
