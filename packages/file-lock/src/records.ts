import { open, readdir, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './errors.js';
import { parseOwner, type Owner } from './owner.js';

/** What the owner leaves where it gave the lock back: the next one counts on from here. */
const RELEASED = 'released';

/** The newest record of who owns a lock. */
export interface LockRecord {
  readonly generation: number;
  readonly path: string;
  readonly released: boolean;
  /** null: what is there was not written by an owner, or only half of it. */
  readonly owner: Owner | null;
  /** When it was written or its owner's heart beat last, by the clock of the file system. Unix milliseconds. */
  readonly touchedAt: number;
}

/**
 * The owners of a lock, one file each: `<lock>.<generation>`. The highest one counts. A new owner makes the file of the
 * next generation, which only one can; nobody's file has to be removed or replaced for that, so that whoever judged an
 * old record and was held up cannot harm a new owner. Needs nothing of the file system but exclusive creation.
 */
export class LockRecords {
  constructor(private readonly lock: string) {}

  /** null: there was no owner yet. */
  async newest(): Promise<LockRecord | null> {
    const generation = Math.max(0, ...(await this.#generations()));
    if (generation === 0) return null;
    const path = this.#pathOf(generation);
    try {
      const text = await readFile(path, 'utf8');
      const { mtimeMs } = await stat(path);
      const released = text.trimEnd() === RELEASED;
      return { generation, path, released, owner: parseOwner(text), touchedAt: mtimeMs };
    } catch (error) {
      // A newer one has taken it away.
      if (codeOf(error) === 'ENOENT') return this.newest();
      throw error;
    }
  }

  /** null: another owner was quicker. */
  async add(generation: number, owner: Owner): Promise<OwnRecord | null> {
    const path = this.#pathOf(generation);
    const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return null;
      throw error;
    });
    if (handle === null) return null;
    try {
      await handle.writeFile(JSON.stringify(owner));
      await handle.sync();
      const generations = await this.#generations();
      // Whoever slept since it read the last record may have made one that others have passed.
      if (generations.some((other) => other > generation)) throw new PassedError();
      for (const older of generations) if (older < generation) await rm(this.#pathOf(older), { force: true });
      return new OwnRecord(path, handle, owner);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      if (error instanceof PassedError) return null;
      throw error;
    }
  }

  async #generations(): Promise<number[]> {
    const prefix = `${basename(this.lock)}.`;
    const names = (await readdir(dirname(this.lock))).filter((name) => name.startsWith(prefix));
    return names
      .map((name) => name.slice(prefix.length))
      .flatMap((tail) => (/^[1-9]\d{0,14}$/.test(tail) ? [Number(tail)] : []));
  }

  #pathOf(generation: number): string {
    return join(dirname(this.lock), `${basename(this.lock)}.${generation}`);
  }
}

class PassedError extends Error {}

/** The record of the owner that this process is. */
export class OwnRecord {
  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly owner: Owner,
  ) {}

  /** Whether it is still there, and ours. Where it cannot be read at the moment, nothing says otherwise. */
  async state(): Promise<'ours' | 'gone' | 'replaced'> {
    try {
      return parseOwner(await readFile(this.path, 'utf8'))?.token === this.owner.token ? 'ours' : 'replaced';
    } catch (error) {
      return ['ENOENT', 'ENOTDIR', 'ESTALE', 'ENXIO'].includes(codeOf(error)) ? 'gone' : 'ours';
    }
  }

  /** Written rather than set: the time is then that of the file system, whatever this machine's clock says. */
  async touch(): Promise<void> {
    await this.handle.write(JSON.stringify(this.owner), 0);
  }

  /** Says that the lock is free. Fails where the disk does; then the owner's end says it. */
  async release(): Promise<void> {
    try {
      const length = JSON.stringify(this.owner).length;
      if ((await this.state()) === 'ours') await this.handle.write(RELEASED.padEnd(length), 0);
    } finally {
      await this.handle.close();
    }
  }
}
