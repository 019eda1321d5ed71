import type { Readable, Writable } from 'node:stream';
import { jsonLine, printable } from './printable.js';

/** The three streams of a program. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Nothing can be written any more, e.g. in `sealpost inbox | head`: nothing more is to be done. main.ts says why, where it matters. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Where a command writes, whoever has made up what is in it. */
export class Output {
  constructor(
    readonly streams: Streams,
    /** Whether programs read it. */
    readonly json: boolean,
  ) {}

  /** A note for people beside the results. */
  note(text: string): void {
    this.streams.stderr.write(`${printable(text)}\n`);
  }

  /** One result: JSON for programs, text for people. */
  write(json: unknown, text: string): void {
    if (this.streams.stdout.destroyed) throw new OutputClosed();
    this.streams.stdout.write(this.#line(json, text));
  }

  /**
   * Writes a result that is done with once it was shown: returns when it is out.
   * @throws OutputClosed where nobody reads it, or it cannot be written
   */
  async show(json: unknown, text: string): Promise<void> {
    const { stdout } = this.streams;
    if (stdout.destroyed) throw new OutputClosed();
    await new Promise<void>((resolve, reject) => {
      stdout.write(this.#line(json, text), (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new OutputClosed());
      });
    });
  }

  #line(json: unknown, text: string): string {
    return `${this.json ? jsonLine(json) : printable(text)}\n`;
  }
}

/** Latest time that Date can tell, Unix milliseconds. Whoever signs a message may claim a later one. */
const LATEST_MS = 8.64e15;

/** A time as people read it; a claimed one may be impossible. */
export function timeText(milliseconds: number): string {
  return Math.abs(milliseconds) <= LATEST_MS ? new Date(milliseconds).toISOString() : '(impossible time)';
}
