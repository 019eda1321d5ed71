import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import type { MailboxHint } from './mailbox-hints.js';
import * as errors from './messages.errors.js';

/** Somebody who wants to know when a mailbox gets further: a read that waits, a stream. */
export interface MailboxFollower {
  readonly userId: string;
  /**
   * The mailbox has reached this sequence, at least as far as somebody said. Only a hint, for one sequence perhaps
   * several times: followers look into the mailbox themselves. It must not throw.
   */
  wake(sequence: number): void;
}

/**
 * Who follows which mailbox at this process, whatever carries the messages to them. Follow first and read then, so that
 * nothing arrives unnoticed in between.
 */
@Injectable()
export class MailboxWatch {
  readonly #followers = new Map<string, MailboxFollower[]>();

  constructor(private readonly settings: Settings) {}

  /** Mailboxes that somebody follows. */
  get userIds(): Iterable<string> {
    return this.#followers.keys();
  }

  /**
   * `leave` must be called at the end.
   * @throws DomainError messages.too-many-readers
   */
  follow(follower: MailboxFollower): void {
    const followers = this.#followers.get(follower.userId);
    if (followers === undefined) this.#followers.set(follower.userId, [follower]);
    else if (followers.length < this.settings.readersPerAccount) followers.push(follower);
    else throw errors.tooManyReaders();
  }

  /** May be called more than once. */
  leave(follower: MailboxFollower): void {
    const followers = this.#followers.get(follower.userId) ?? [];
    const index = followers.indexOf(follower);
    if (index < 0) return;
    if (followers.length === 1) this.#followers.delete(follower.userId);
    else followers.splice(index, 1);
  }

  /** Tells how far mailboxes have got. */
  announce(hints: Iterable<MailboxHint>): void {
    for (const { userId, sequence } of hints) {
      // Whoever wakes may leave.
      for (const follower of [...(this.#followers.get(userId) ?? [])]) follower.wake(sequence);
    }
  }
}
