import * as nodeFiles from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { StorageFiles } from '../state-log.js';

export interface FileFault {
  /** The system's code, e.g. ENOSPC. */
  readonly code: string;
  /** Half of what is written arrives. */
  readonly torn?: boolean;
}

/** Node's files, which fail from a call on. */
export class FaultyFiles implements StorageFiles {
  /** Handles that are open. */
  handles = 0;
  #untilFault = Number.POSITIVE_INFINITY;
  #failed = false;
  #gate: Promise<void> = Promise.resolve();

  constructor(private readonly fault: FileFault) {}

  failFrom(call: number): void {
    this.#untilFault = call;
    this.#failed = false;
  }

  heal(): boolean {
    this.#untilFault = Number.POSITIVE_INFINITY;
    return this.#failed;
  }

  async stall(): Promise<() => void> {
    let goOn: () => void = () => undefined;
    this.#gate = new Promise((resolve) => (goOn = resolve));
    return goOn;
  }

  readonly chmod = this.#guarded(nodeFiles.chmod);
  readonly mkdir = this.#guarded(nodeFiles.mkdir) as typeof nodeFiles.mkdir;
  readonly readFile = this.#guarded(nodeFiles.readFile) as typeof nodeFiles.readFile;
  readonly rename = this.#guarded(nodeFiles.rename);
  readonly rm = this.#guarded(nodeFiles.rm);
  readonly open: typeof nodeFiles.open = async (...args) => {
    await this.#gate;
    this.#check();
    const handle = await nodeFiles.open(...args);
    this.handles++;
    return this.#wrapped(handle);
  };

  #guarded<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      await this.#gate;
      this.#check();
      return work(...args);
    };
  }

  #check(): void {
    if (--this.#untilFault > 0) return;
    this.#failed = true;
    throw Object.assign(new Error(`${this.fault.code}: injected`), { code: this.fault.code });
  }

  #wrapped(handle: FileHandle): FileHandle {
    const write = async (data: unknown): Promise<void> => {
      await this.#gate;
      try {
        this.#check();
      } catch (error) {
        const bytes = data as Buffer;
        if (this.fault.torn === true) await handle.appendFile(bytes.subarray(0, bytes.length / 2));
        throw error;
      }
      await handle.appendFile(data as Buffer);
    };
    const close = async (): Promise<void> => {
      await handle.close();
      this.handles--;
      this.#check();
    };
    const calls: Partial<FileHandle> = {
      appendFile: write,
      writeFile: write,
      chmod: this.#guarded((mode) => handle.chmod(mode)),
      datasync: this.#guarded(() => handle.datasync()),
      stat: this.#guarded(() => handle.stat()) as FileHandle['stat'],
      sync: this.#guarded(() => handle.sync()),
      truncate: this.#guarded((length) => handle.truncate(length)),
      close,
    };
    return calls as FileHandle;
  }
}
