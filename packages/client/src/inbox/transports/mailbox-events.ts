import { ClientError } from '../../errors.js';
import { MAILBOX_ENTRY } from '../../http/answer-size.js';
import { positioned, streamEndAnswer, streamMailboxAnswer, type PositionedEntry } from '../../http/answers.js';
import type { ServerSentEvent } from '../../http/streams.js';
import { parseJson } from '../../http/json-shape.js';

/** What some events of the mailbox's stream come to. */
export interface Gathered {
  readonly entries: readonly PositionedEntry[];
  readonly lastSequence?: number;
  readonly endReason?: string;
}

/**
 * Reads events `mailbox`, `message` and `end`; a newer server may say more. Nothing counts behind an end.
 * @throws ClientError `client.bad-answer`
 */
export function gather(events: readonly ServerSentEvent[]): Gathered {
  const entries: PositionedEntry[] = [];
  let lastSequence: number | undefined;
  let endReason: string | undefined;
  for (const event of events) {
    if (event.type === 'message') entries.push(entryOf(event));
    else if (event.type === 'mailbox') lastSequence = streamMailboxAnswer(jsonOf(event), '').lastSequence;
    else if (event.type === 'end') {
      endReason = streamEndAnswer(jsonOf(event), '').reason;
      break;
    }
  }
  return {
    entries,
    ...(lastSequence === undefined ? {} : { lastSequence }),
    ...(endReason === undefined ? {} : { endReason }),
  };
}

function jsonOf({ data }: ServerSentEvent): unknown {
  return parseJson(data, MAILBOX_ENTRY.values);
}

function entryOf(event: ServerSentEvent): PositionedEntry {
  const found = positioned(jsonOf(event), '');
  if (String(found.sequence) === event.id) return found;
  throw new ClientError('client.bad-answer', `The server's stream gives entry ${found.sequence} another id`);
}
