import { fromUtf8, utf8 } from '@sealpost/protocol';
import { SharedStateWarning } from '../errors.js';
import { integer, listOf, mapOf, objectOf, oneOf, optional, parseJson, text } from '../http/json-shape.js';
import type {
  Decision,
  SharedContent,
  SharedHandle,
  SharedHead,
  SharedOpened,
  SharedRun,
  SharedStream,
  SharedUser,
} from './shared-content.js';
import type { StateHistory } from './state-history.js';

/** The plaintext of a sealed state. */
export interface SharedState {
  /** Hashes of the states before this one. */
  readonly history: StateHistory;
  readonly content: SharedContent;
}

const decision = objectOf<Decision>({ at: integer, value: text });
const sets = mapOf(listOf(text));

const user = objectOf<SharedUser>({
  seen: sets,
  first: sets,
  accepted: sets,
  decided: mapOf(decision),
  verified: listOf(text),
});

const stream = objectOf<SharedStream>({
  recipients: listOf(text),
  keyVersion: integer,
  head: objectOf<SharedHead>({ seq: integer, hashes: listOf(text), resendHashes: listOf(text) }),
  runs: listOf(objectOf<SharedRun>({ first: integer, last: integer, prevHash: text })),
});

const state = objectOf<SharedState>({
  history: mapOf(text),
  content: objectOf<SharedContent>({
    format: oneOf([1]),
    suite: integer,
    users: mapOf(user),
    handles: mapOf(objectOf<SharedHandle>({ users: listOf(text), chosen: optional(decision) })),
    streams: mapOf(stream),
    plain: mapOf(listOf(text)),
    inboxAfter: integer,
    opened: mapOf(objectOf<SharedOpened>({ sequence: integer, record: text })),
    notes: mapOf(decision),
  }),
});

export function encodeSharedState(shared: SharedState): Uint8Array {
  return utf8(JSON.stringify(shared));
}

/**
 * Only the user's own clients can have made it; perhaps one that is newer than this.
 * @throws SharedStateWarning `state.refused`
 */
export function decodeSharedState(bytes: Uint8Array, version: number): SharedState {
  try {
    return state(parseJson(fromUtf8(bytes)), '');
  } catch (cause) {
    const message = 'The shared state was written by a client that this one cannot follow';
    throw new SharedStateWarning('state.refused', message, version, { cause });
  }
}
