import { Injectable } from '@nestjs/common';

/** Who has written what lies at these places of a mailbox. Places where nothing is are passed over. */
export type SenderFinder = (userId: string, sequences: readonly number[]) => Promise<readonly string[]>;

/**
 * Whom somebody knows by what lies in their mailbox. The module that keeps mailboxes says how to find out, in
 * `onModuleInit`; until it has, nobody knows anybody.
 */
@Injectable()
export class Senders {
  #find: SenderFinder = () => Promise.resolve([]);

  findBy(find: SenderFinder): void {
    this.#find = find;
  }

  /** The userIds of the senders, each once, in no particular order. */
  of(userId: string, sequences: readonly number[]): Promise<readonly string[]> {
    return this.#find(userId, sequences);
  }
}
