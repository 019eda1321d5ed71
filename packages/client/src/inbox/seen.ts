import { encodeBase64Url, MESSAGE_SUITES, utf8, type MailboxEntryJson } from '@sealpost/protocol';
import { sha256 } from '../crypto/primitives.js';
import { MessageRefused } from '../envelope/message-refused.js';
import type { StreamEvent } from '../envelope/stream-events.js';
import type { OpenedMessage } from '../envelope/types.js';
import type { ClientState } from '../state/client-state.js';

/** What is remembered for good of a message that was accepted: it may be read again where it was, and nowhere else. */
interface SeenRecord {
  readonly sequence: number;
  /** The hash of exactly this message, in exactly this suite. */
  readonly hash: string;
  readonly events: readonly StreamEvent[];
}

type Named = Pick<MailboxEntryJson, 'suite' | 'senderId' | 'id'>;

export function seenKey({ suite, senderId, id }: Named): string {
  return `seen/${senderId}/${id}/${suite}`;
}

/**
 * The message of this sender and id that was accepted before. One of a weaker suite is held against the stronger ones
 * too, never the other way round: nobody can claim an id in somebody else's name to keep a signed message out.
 */
export async function findSeen(state: ClientState, { suite, senderId, id }: Named): Promise<SeenRecord | null> {
  let seen: SeenRecord | null = null;
  // Strongest first.
  for (const candidate of MESSAGE_SUITES.slice(0, MESSAGE_SUITES.indexOf(suite) + 1)) {
    seen ??= await state.read<SeenRecord>(seenKey({ suite: candidate, senderId, id }));
  }
  return seen;
}

export function seenRecordOf(
  entry: MailboxEntryJson,
  opened: OpenedMessage,
  events: readonly StreamEvent[],
): SeenRecord {
  return { sequence: entry.sequence, hash: hashOf(entry, opened), events };
}

/** A message that was accepted before comes with the events of that time; another one in its place is refused. */
export function readAgain(seen: SeenRecord, entry: MailboxEntryJson, opened: OpenedMessage): readonly StreamEvent[] {
  if (hashOf(entry, opened) === seen.hash) return seen.events;
  throw replayOf(opened, 'another one was here');
}

export function replayOf({ messageId, conversationId, sender }: OpenedMessage, detail?: string): MessageRefused {
  return new MessageRefused('replay', { messageId, conversationId, senderId: sender.userId }, detail);
}

/** Who holds a recipient's key can make another plain message of the same id, so that its bytes count. */
function hashOf(entry: MailboxEntryJson, opened: OpenedMessage): string {
  if (opened.suite === 'sealpost-v1') return encodeBase64Url(opened.hash);
  return encodeBase64Url(sha256(utf8(`${opened.suite}/${entry.nonce ?? ''}/${entry.ciphertext}`)));
}
