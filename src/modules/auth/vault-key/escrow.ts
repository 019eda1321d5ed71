/** The vault key of an account for the holder of an escrow key (protocol section 6), as its client made it. */
export interface EscrowWrap {
  /** Names the escrow key: H(tag(`escrow-pk/v1`) ‖ pk). */
  readonly fingerprint: Uint8Array;
  /** 0x01 ‖ enc ‖ ct. The server cannot tell whether it holds the vault key. */
  readonly unlock: Uint8Array;
}

export interface StoredEscrow extends EscrowWrap {
  readonly addedAt: number;
}
