/** Why a byte string or a text is not what the protocol says. Stable: both sides report it. */
export type ProtocolReason =
  | 'truncated'
  | 'trailing-bytes'
  | 'wrong-tag'
  | 'wrong-format'
  | 'wrong-length'
  | 'out-of-range'
  | 'not-canonical'
  | 'not-sorted'
  | 'duplicate'
  | 'malformed-text'
  | 'unknown-critical-entry'
  | 'unknown-flags';

/** A value that does not fit the protocol. `field` names the member in the protocol's own terms. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly reason: ProtocolReason,
    readonly field: string,
    detail?: string,
  ) {
    super(detail ?? `${field}: ${reason}`);
  }
}
