import { base64UrlLength, LIMITS } from '@sealpost/protocol';

/** How much an honest answer may be, after its decompression. Twice what it can come to, or more. */
export interface AnswerSize {
  readonly bytes: number;
  /** Values of its JSON: objects, lists, texts, numbers and the rest. */
  readonly values: number;
}

const KIB = 1024;
/** A key statement, the bytes that it is and what they say. */
const STATEMENT: AnswerSize = { bytes: 32 * KIB, values: 40 };
/** An entry of the mailbox without its recipients and its ciphertext. */
const ENTRY: AnswerSize = { bytes: 4 * KIB, values: 40 };
const RECIPIENT: AnswerSize = { bytes: 256, values: 6 };

/** One thing and what stands around it. */
export const SMALL: AnswerSize = { bytes: 128 * KIB, values: 1000 };
/** The vault, and the rest of the answer that holds it. */
export const WITH_VAULT: AnswerSize = { bytes: 2 * base64UrlLength(LIMITS.vaultBytes), values: 1000 };
export const WITH_STATE: AnswerSize = { bytes: 2 * base64UrlLength(LIMITS.stateBytes), values: 1000 };
/** Sessions, events and other rows of an account. */
export const LIST: AnswerSize = { bytes: 2 * KIB * KIB, values: 20_000 };
/** Statements of a page, of which a server gives no more than 100. */
export const STATEMENTS = sum(SMALL, times(STATEMENT, 200));

/** One entry of a mailbox. */
export const MAILBOX_ENTRY = sum(
  ENTRY,
  sum(times(RECIPIENT, LIMITS.recipients), { bytes: base64UrlLength(LIMITS.ciphertextBytes), values: 1 }),
);

/** A line of an export: a vault, a client state or an entry, and what stands around it. */
export const EXPORT_LINE: AnswerSize = { bytes: 8 * KIB * KIB, values: 20_000 };

/** @param entries that were asked for */
export function mailboxPage(entries: number): AnswerSize {
  return sum(SMALL, times(MAILBOX_ENTRY, entries));
}

/** Each recipient has a place in the answer, or a newer statement in the refusal. */
export function sendAnswerSize(messages: readonly { readonly recipients: readonly unknown[] }[]): AnswerSize {
  const parties = messages.reduce((count, { recipients }) => count + recipients.length + 1, 0);
  return sum(times(SMALL, 1), sum(times({ bytes: 8 * KIB, values: 60 }, messages.length), times(STATEMENT, parties)));
}

function times({ bytes, values }: AnswerSize, count: number): AnswerSize {
  return { bytes: bytes * count, values: values * count };
}

function sum(one: AnswerSize, other: AnswerSize): AnswerSize {
  return { bytes: one.bytes + other.bytes, values: one.values + other.values };
}
