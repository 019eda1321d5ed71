import {
  ByteWriter,
  encodeBase64Url,
  LENGTHS,
  ProtocolError,
  requireBase64Url,
  tag,
  type PutStateRequestJson,
  type StateJson,
} from '@sealpost/protocol';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { sha256 } from '../crypto/primitives.js';
import { openState, sealState } from '../crypto/sealed-state.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError, SharedStateWarning } from '../errors.js';
import type { SharedStateRecord } from '../state/records.js';
import { EMPTY_CONTENT, type SharedContent } from './shared-content.js';
import { decodeSharedState, encodeSharedState, type SharedState } from './shared-shape.js';
import { agrees, continueHistory } from './state-history.js';

/** Whose state it is, and the key of the account's vault. */
export interface StateOwner {
  readonly serviceId: string;
  readonly userId: string;
  readonly vaultKey: Uint8Array;
}

/** A state as the server has it, opened and held against what was seen before. */
export interface RemoteState extends SharedState {
  /** 0 where there is none. */
  readonly version: number;
  /** base64url; of the sealed form. Zeros where there is none. */
  readonly hash: string;
  /** The user has consented to go on from it, though it is not what it should be: then it is to be replaced. */
  readonly salvaged?: true;
  /** The service has no states, as an older one: nothing is stored for now. */
  readonly absent?: true;
}

const NO_HASH = encodeBase64Url(new Uint8Array(LENGTHS.hash));

/**
 * Opens what the server shows. It may be older than what it has, where this client has never seen anything newer.
 * @param seen last by this client, under the same vault key
 * @param least version that the server has shown, whether or not that could be opened
 * @throws SharedStateWarning
 */
export function openRemoteState(
  owner: StateOwner,
  answer: StateJson,
  seen: SharedStateRecord | null,
  least = 0,
): RemoteState {
  const { stateVersion: version } = answer;
  const newest = Math.max(seen?.version ?? 0, least);
  if (version < newest) {
    const message = `The server shows state ${version}, though there has been ${newest}`;
    throw new SharedStateWarning('state.rollback', message, version);
  }
  if (version === 0) return { version, hash: NO_HASH, history: {}, content: EMPTY_CONTENT };
  const blob = bytesOf(answer.state, 'state');
  const hash = encodeBase64Url(sha256(blob));
  const opened = decodeSharedState(open(owner, answer, blob), version);
  const own = seen === null ? {} : { ...seen.history, [seen.version]: seen.hash };
  if (!agrees(own, { ...opened.history, [version]: hash })) {
    const message = 'The server shows a state that does not follow the one that was seen before';
    throw new SharedStateWarning('state.fork', message, version);
  }
  return { ...opened, version, hash };
}

/**
 * The state to go on from where the user has consented. What the user's clients have sealed is true, however old: an older
 * state, or one of another branch, loses nothing that it says. One that cannot be opened says nothing.
 */
export function salvageState(owner: StateOwner, answer: StateJson): RemoteState {
  try {
    return { ...openRemoteState(owner, answer, null), salvaged: true };
  } catch (error) {
    if (!(error instanceof SharedStateWarning)) throw error;
    const { stateVersion: version, state } = answer;
    const hash = encodeBase64Url(sha256(bytesOf(state, 'state')));
    return { version, hash, history: {}, content: EMPTY_CONTENT, salvaged: true };
  }
}

function open({ serviceId, userId, vaultKey }: StateOwner, answer: StateJson, blob: Uint8Array): Uint8Array {
  const previousHash = bytesOf(answer.previousHash, 'previousHash');
  const header = { serviceId, userId, stateVersion: answer.stateVersion, previousHash };
  try {
    return openState(vaultKey, header, blob);
  } catch (cause) {
    if (!(cause instanceof CryptoRefused || cause instanceof ProtocolError)) throw cause;
    const message = `The shared state cannot be opened: ${cause.message}`;
    throw new SharedStateWarning('state.refused', message, answer.stateVersion, { cause });
  }
}

function bytesOf(text: string | undefined, name: string): Uint8Array {
  try {
    return requireBase64Url(text ?? '', name);
  } catch (cause) {
    throw new ClientError('client.bad-answer', `The server's ${name} is not base64url`, { cause });
  }
}

/** Tells vault keys apart without being one. */
export function vaultKeyIdOf({ vaultKey }: Pick<StateOwner, 'vaultKey'>): string {
  return encodeBase64Url(sha256(new ByteWriter().raw(tag('state-series/v1')).raw(vaultKey).finish()));
}

/** A state that is to be stored, and how it is remembered once it is. */
export interface NextState {
  readonly request: PutStateRequestJson;
  readonly seen: SharedStateRecord;
}

/** The state that comes after another one. @param content that fits (room.ts) */
export function sealNextState(owner: StateOwner, before: RemoteState, content: SharedContent): NextState {
  const { serviceId, userId, vaultKey } = owner;
  const version = before.version + 1;
  const history = before.version === 0 ? {} : continueHistory(before.history, before.version, before.hash);
  const plaintext = encodeSharedState({ history, content });
  const header = { serviceId, userId, stateVersion: version, previousHash: bytesOf(before.hash, 'hash') };
  const blob = sealState(vaultKey, header, plaintext);
  wipe(plaintext);
  const vaultKeyId = vaultKeyIdOf(owner);
  const seen: SharedStateRecord = { version, hash: encodeBase64Url(sha256(blob)), history, vaultKeyId };
  return { request: { state: encodeBase64Url(blob), stateVersion: version, previousHash: before.hash }, seen };
}
