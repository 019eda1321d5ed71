import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { codeOf } from './errors.js';

/** What the owner of a lock writes down about itself. Empty texts: the system does not say. */
export interface Owner {
  readonly token: string;
  readonly host: string;
  /** The id of this start of the kernel; the same for all its containers. */
  readonly boot: string;
  /** The pid means something in this pid namespace only: each container has its own. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Tells a process from a later one with the same number. */
  readonly startedAt: string;
  /** The owner has a lock of the kernel as well. */
  readonly kernel: boolean;
}

/** `doubt`: nothing proves that it is dead, so it counts as alive. */
export type Verdict = 'dead' | 'alive' | 'doubt';

/** What the one who judges knows besides the record. */
export interface Evidence {
  readonly self: Owner;
  /** The judge holds the kernel's lock, and only this kernel can have the file open. */
  readonly local: boolean;
  /** The record has not been touched for so long that its owner's heart does not beat. */
  readonly silent: boolean;
}

export async function describeSelf(token: string, kernel: boolean): Promise<Owner> {
  return {
    token,
    host: hostname(),
    boot: (await textOf(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8'))).trim(),
    pidNamespace: await textOf(() => readlink('/proc/self/ns/pid')),
    pid: process.pid,
    startedAt: await startOf(process.pid),
    kernel,
  };
}

/** null: the text is not a record of ours. */
export function parseOwner(text: string): Owner | null {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Owner, unknown>> | null;
    const texts = [value?.token, value?.host, value?.boot, value?.pidNamespace, value?.startedAt];
    const whole = texts.every((part) => typeof part === 'string') && typeof value?.kernel === 'boolean';
    return whole && Number.isSafeInteger(value.pid) ? (value as Owner) : null;
  } catch {
    return null;
  }
}

/** Whether the owner is dead beyond doubt. */
export async function judge(owner: Owner | null, { self, local, silent }: Evidence): Promise<Verdict> {
  // Whoever had the kernel's lock on this kernel would have it still.
  if (owner?.kernel !== false && self.kernel && local) return 'dead';
  if (owner === null) return 'doubt';
  const sameBoot = owner.boot === self.boot && (owner.boot !== '' || owner.host === self.host);
  if (owner.kernel && self.kernel && sameBoot) return 'dead';
  if (sameBoot && owner.pidNamespace === self.pidNamespace) return (await isRunning(owner)) ? 'alive' : 'dead';
  if (!silent) return 'alive';
  const restarted = owner.host === self.host && owner.boot !== '' && self.boot !== '' && owner.boot !== self.boot;
  return restarted ? 'dead' : 'doubt';
}

async function isRunning({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const found = await startOf(pid);
  return startedAt === '' || found === '' || found === startedAt;
}

/** Field 22 of /proc/<pid>/stat (the second may contain spaces and parentheses); a dead one that nobody has reaped has none. */
async function startOf(pid: number): Promise<string> {
  const text = await textOf(() => readFile(`/proc/${pid}/stat`, 'utf8'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}

async function textOf(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch {
    return '';
  }
}
