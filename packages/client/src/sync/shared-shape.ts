import { ByteReader, ByteWriter, fromUtf8, utf8 } from '@sealpost/protocol';
import { ClientError, SharedStateWarning } from '../errors.js';
import { integer, listOf, mapOf, objectOf, oneOf, optional, parseJson, text } from '../http/json-shape.js';
import type { Choice, SharedHandle, SharedUser } from '../trust/shared-trust.js';
import {
  EMPTY_CONTENT,
  mergeContents,
  type SharedContent,
  type SharedHead,
  type SharedOpened,
  type SharedRun,
  type SharedStream,
} from './shared-content.js';
import { packUsers, unpackUsers } from './packed-users.js';
import type { StateHistory } from '../state/records.js';

/** The plaintext of a sealed state. */
export interface SharedState {
  /** Hashes of the states before this one. */
  readonly history: StateHistory;
  readonly content: SharedContent;
}

const decision = objectOf<Choice>({ at: integer, value: text });
const sets = mapOf(listOf(text));

const user = objectOf<SharedUser>({
  seen: sets,
  first: sets,
  accepted: sets,
  decided: mapOf(decision),
  verified: mapOf(decision),
  lost: mapOf(decision),
  trust: optional(decision),
  met: optional(integer),
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
    format: oneOf([2]),
    suite: integer,
    users: mapOf(user),
    handles: mapOf(objectOf<SharedHandle>({ users: listOf(text), chosen: optional(decision) })),
    streams: mapOf(stream),
    plain: mapOf(listOf(text)),
    inboxAfter: integer,
    opened: mapOf(objectOf<SharedOpened>({ sequence: integer, record: text })),
    notes: mapOf(decision),
    gaveWay: optional(integer),
  }),
});

/** u8 2 ‖ B(JSON) ‖ the users of whom there is little to say (packed-users.ts), who are left out of the JSON. */
const PACKED = 2;

export function encodeSharedState({ history, content }: SharedState): Uint8Array {
  const { packed, others } = packUsers(content.users);
  const json = utf8(JSON.stringify({ history, content: { ...content, users: others } }));
  return new ByteWriter().u8(PACKED, 'format').blob(json, 'state').raw(packed).finish();
}

/** Without the hashes of earlier states. */
export function encodeContent(content: SharedContent): Uint8Array {
  return encodeSharedState({ history: {}, content });
}

/**
 * Only the user's own clients can have made it; perhaps one that is newer than this.
 * @throws SharedStateWarning `state.refused`
 */
export function decodeSharedState(bytes: Uint8Array, version: number): SharedState {
  try {
    return bytes[0] === PACKED ? decodePacked(bytes) : decodeFormer(bytes);
  } catch (cause) {
    const message = 'The shared state was written by a client that this one cannot follow';
    throw new SharedStateWarning('state.refused', message, version, { cause });
  }
}

function decodePacked(bytes: Uint8Array): SharedState {
  const reader = new ByteReader(bytes, 'state');
  reader.u8('format');
  const { history, content } = state(parseJson(fromUtf8(reader.blob('state'))), '');
  const users = { ...content.users, ...unpackUsers(reader.fixed(reader.remaining, 'users')) };
  return { history, content: mergeContents({ ...content, users }, EMPTY_CONTENT) };
}

/** Before users were packed it was JSON alone, of format 1, which knew neither trustStates nor days. */
function decodeFormer(bytes: Uint8Array): SharedState {
  const former = parseJson(fromUtf8(bytes)) as { readonly content: { readonly format: unknown } };
  if (former.content.format !== 1) throw new ClientError('client.bad-answer', 'The format of the state is unknown');
  return state({ ...former, content: { ...former.content, format: 2 } }, '');
}
