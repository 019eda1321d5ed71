import type { DeliveredRecipient } from './message.js';

/** A message as sweeps see it; `bytes` is null where the body has gone. */
export interface StoredBody {
  readonly id: string;
  readonly recipients: readonly DeliveredRecipient[];
  readonly bytes: number | null;
}

/** A mailbox whose acknowledged entries after `sweptUpTo`, up to `sweepTo`, are to go. */
export interface DueMailbox {
  readonly userId: string;
  readonly sweptUpTo: number;
  readonly sweepTo: number;
}

/** An acknowledged entry that is to go. */
export interface AcknowledgedEntry {
  readonly userId: string;
  readonly sequence: number;
  readonly messageId: string;
}

/** One transaction stays short whatever it takes away. */
const ENTRIES_PER_BATCH = 2000;
const BYTES_PER_BATCH = 16 * 1024 * 1024;

/** The messages that one transaction takes, from the first on: at least one. */
export function takeBounded<Message extends StoredBody>(messages: readonly Message[]): Message[] {
  let [entries, bytes] = [0, 0];
  const end = messages.findIndex((message) => {
    entries += message.recipients.length;
    bytes += message.bytes ?? 0;
    return entries > ENTRIES_PER_BATCH || bytes > BYTES_PER_BATCH;
  });
  return messages.slice(0, end < 0 ? messages.length : Math.max(1, end));
}

/**
 * How far each mailbox has no acknowledged entries any more: as far as it is due where all of them were found and taken,
 * else up to the last one before the first that was not taken. Mailboxes without progress are missing.
 * @param entries the first of each mailbox, ascending, at most `limit`
 * @param taken ids of the messages whose entries were deleted
 */
export function positionsAfter(
  mailboxes: readonly DueMailbox[],
  entries: readonly AcknowledgedEntry[],
  taken: ReadonlySet<string>,
  limit: number,
): Map<string, number> {
  const found = new Map<string, AcknowledgedEntry[]>(mailboxes.map(({ userId }) => [userId, []]));
  for (const entry of entries) found.get(entry.userId)?.push(entry);
  const positions = new Map<string, number>();
  for (const { userId, sweepTo } of mailboxes) {
    const own = found.get(userId) ?? [];
    const left = own.findIndex((entry) => !taken.has(entry.messageId));
    const last = left < 0 ? own.at(-1) : own[left - 1];
    if (left < 0 && own.length < limit) positions.set(userId, sweepTo);
    else if (last !== undefined) positions.set(userId, last.sequence);
  }
  return positions;
}
