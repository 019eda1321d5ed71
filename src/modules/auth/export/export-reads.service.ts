import { Injectable } from '@nestjs/common';

const MOST_AT_ONCE = 2;

/** Where the pages of all exports of this process take turns, so that they leave the database to everybody else. */
@Injectable()
export class ExportReads {
  private readonly waiting: (() => void)[] = [];
  private reading = 0;

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.reading < MOST_AT_ONCE) this.reading += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await read();
    } finally {
      // The place goes to the next one as it is.
      const next = this.waiting.shift();
      if (next === undefined) this.reading -= 1;
      else next();
    }
  }
}
