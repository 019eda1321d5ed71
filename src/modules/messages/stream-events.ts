import type { StreamEndReason, StreamMailboxJson } from '@sealpost/protocol';

/** The text of Server-Sent Events (WHATWG HTML, section 9.2). JSON has no line breaks, so one data line holds it. */

export const EVENT_STREAM = 'text/event-stream';
export const HEARTBEAT = ': heartbeat\n\n';

/** How soon a browser's EventSource connects again, in milliseconds. */
const RETRY_MS = 1000;
const SEQUENCE = /^(0|[1-9][0-9]{0,15})$/;

/** The first words of a stream. */
export function openingText({ lastSequence, acknowledgedUpTo }: StreamMailboxJson): string {
  const data = JSON.stringify({ lastSequence, acknowledgedUpTo });
  return `retry: ${RETRY_MS}\n\nevent: mailbox\ndata: ${data}\n\n`;
}

/** @param entry as it goes over the wire, ASCII only */
export function messageText(entry: { readonly sequence: number }): string {
  return `event: message\nid: ${entry.sequence}\ndata: ${JSON.stringify(entry)}\n\n`;
}

/** The last words. */
export function endText(reason: StreamEndReason): string {
  return `event: end\ndata: ${JSON.stringify({ reason })}\n\n`;
}

/** The sequence that a Last-Event-ID names, or null where it is none. */
export function parseEventId(text: string): number | null {
  const sequence = SEQUENCE.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(sequence) ? sequence : null;
}
