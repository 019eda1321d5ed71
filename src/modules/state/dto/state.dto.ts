import { LENGTHS, LIMITS, type PutStateJson, type PutStateRequestJson, type StateJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, encodeBytes, IntegerField } from '../../../core/http/index.js';
import type { SharedState } from '../shared-state.js';

const MAX_VERSION = 2 ** 31 - 1;
const STATE = { minLength: LENGTHS.committedOverhead, maxLength: LIMITS.stateBytes };
const HASH = { length: LENGTHS.hash };

export class PutStateDto implements Decoded<PutStateRequestJson, 'state' | 'previousHash'> {
  @Base64UrlField({ description: 'The sealed state, at most 1 MiB (protocol section 6).', ...STATE })
  readonly state!: Uint8Array;

  @IntegerField({
    description: 'The version of this state: one more than that of the stored one, 1 for the first.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly stateVersion!: number;

  @Base64UrlField({ description: 'SHA-256 of the stored state, 32 zero bytes for the first.', ...HASH })
  readonly previousHash!: Uint8Array;
}

export class PutStateView implements PutStateJson {
  @IntegerField({ description: 'The version of the state that is stored now.', min: 1, max: MAX_VERSION })
  readonly stateVersion: number;

  constructor(stateVersion: number) {
    this.stateVersion = stateVersion;
  }
}

export class StateView implements StateJson {
  @IntegerField({ description: 'Counts from 1; 0 where nothing was stored yet.', min: 0, max: MAX_VERSION })
  readonly stateVersion: number;

  @Base64UrlField({
    description: 'The sealed state, under a key that the server never sees; absent where there is none.',
    optional: true,
    ...STATE,
  })
  readonly state?: string;

  @Base64UrlField({
    description: 'SHA-256 of the state before this one, zeros at version 1: the header that it is bound to names it.',
    optional: true,
    ...HASH,
  })
  readonly previousHash?: string;

  constructor(stored: SharedState | null) {
    this.stateVersion = stored?.stateVersion ?? 0;
    if (stored === null) return;
    this.state = encodeBytes(stored.state);
    this.previousHash = encodeBytes(stored.previousHash);
  }
}
