import { byteaArray, plainArray } from '../../core/database/index.js';
import { messageColumns, pairColumns, receivedAtOf } from './pg-delivery-columns.js';
import type { ExpectedDelivery } from './delivery.repository.js';

/** An entry as `STORE_EXPECTED` wants it. */
interface ExpectedEntry {
  /** The number of its message in the group, from 1 on. */
  readonly message: number;
  /** The index of the recipient in the message. */
  readonly place: number;
  readonly keyVersion: number;
}

/** The parameters of `STORE_EXPECTED`; mailboxes in the order of `userIds`. */
export function expectedColumns(expected: ExpectedDelivery, userIds: readonly string[]): unknown[] {
  const { heads, accepted, shares, mailboxLimit, pairs } = expected;
  const parties = [...heads];
  const sharesInOrder = userIds.map((userId) => shares.get(userId) ?? { messages: 0, bytes: 0 });
  const { entries, begins } = entriesByMailbox(expected, userIds);
  const columns = messageColumns(accepted);
  return [
    plainArray(parties.map(([userId]) => userId)),
    byteaArray(parties.map(([, { keysHash }]) => keysHash)),
    plainArray(userIds),
    plainArray(sharesInOrder.map(({ messages }) => messages)),
    plainArray(sharesInOrder.map(({ bytes }) => bytes)),
    plainArray(begins),
    mailboxLimit.messages,
    mailboxLimit.bytes,
    plainArray(entries.map(({ message }) => message)),
    plainArray(entries.map(({ place }) => place)),
    plainArray(entries.map(({ keyVersion }) => keyVersion)),
    receivedAtOf(accepted),
    columns.ids,
    columns.senders,
    columns.conversations,
    columns.senderKeyVersions,
    columns.suites,
    columns.contentHashes,
    columns.nonces,
    columns.ciphertexts,
    columns.expiries,
    ...pairColumns(pairs),
  ];
}

/** All entries, those of one mailbox together and in the order of the group, and where those of each mailbox begin. */
function entriesByMailbox(
  { accepted }: ExpectedDelivery,
  userIds: readonly string[],
): { readonly entries: readonly ExpectedEntry[]; readonly begins: readonly number[] } {
  const byMailbox = new Map<string, ExpectedEntry[]>(userIds.map((userId) => [userId, []]));
  accepted.forEach(({ recipients }, index) => {
    recipients.forEach(({ userId, keyVersion }, place) => {
      byMailbox.get(userId)?.push({ message: index + 1, place, keyVersion });
    });
  });
  const entries: ExpectedEntry[] = [];
  const begins = [...byMailbox.values()].map((own) => entries.push(...own) - own.length);
  return { entries, begins };
}
