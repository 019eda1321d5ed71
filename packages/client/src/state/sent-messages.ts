import { tidying } from '../errors.js';
import { Changes, type ClientState } from './client-state.js';

/** Sent messages whose recipients are remembered, the newest ones. A receipt for an older one counts as unknown. */
export const SENT_REMEMBERED = 10_000;
/** Messages sent between two looks at how many there are. */
const TIDY_EVERY = 500;

const PREFIX = 'sent/';

/** userIds of the recipients, without the sender. */
type SentRecord = readonly string[];

export function sentKey(messageId: string): string {
  return `${PREFIX}${messageId}`;
}

/** Notes whom a message of this user goes to, on whichever device it was sent. */
export function rememberSent(changes: Changes, messageId: string, recipients: readonly string[], ownId: string): void {
  const others: SentRecord = recipients.filter((userId) => userId !== ownId);
  if (others.length > 0) changes.put(sentKey(messageId), others);
}

/** Whom this user's messages went to, so that nobody can acknowledge what they never got. */
export class SentMessages {
  #sentSinceTidying = TIDY_EVERY;

  constructor(private readonly state: ClientState) {}

  /** Which of these messages went to a user. */
  async sentTo(userId: string, messageIds: readonly string[]): Promise<readonly string[]> {
    const known: string[] = [];
    for (const messageId of messageIds) {
      const recipients = await this.state.read<SentRecord>(sentKey(messageId));
      if (recipients?.includes(userId) === true) known.push(messageId);
    }
    return known;
  }

  /** Forgets the oldest beyond the bound. What was sent is sent, whatever the storage says here. */
  async tidy(sent = 1): Promise<void> {
    this.#sentSinceTidying += sent;
    if (this.#sentSinceTidying < TIDY_EVERY) return;
    this.#sentSinceTidying = 0;
    await tidying(this.#forgetOldest());
  }

  /** Ids are UUIDs of version 7, so that their order is that of time. */
  async #forgetOldest(): Promise<void> {
    const keys = await this.state.keys(PREFIX);
    const forgotten = keys.slice(0, Math.max(0, keys.length - SENT_REMEMBERED));
    if (forgotten.length === 0) return;
    const changes = new Changes();
    for (const key of forgotten) changes.remove(key);
    await this.state.commit(changes);
  }
}
