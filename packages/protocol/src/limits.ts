/** Sizes and counts of protocol version 1. Bytes unless the name says otherwise. */
export const LIMITS = {
  /** Recipients of one message (section 8). */
  recipients: 100,
  /** Decoded ciphertext of one message. */
  ciphertextBytes: 256 * 1024,
  /** Messages of one POST /v1/messages/batch. */
  batchMessages: 100,
  /** Heads of other streams that one message may name (section 8.5). */
  dependencies: 16,
  /**
   * What content type, content and heads of a message count at least for its padding (section 8.2): 512 bytes of content
   * with a short type and two heads.
   */
  paddingFloor: 640,
  /** Additional entries of a key statement (section 5). */
  statementEntriesBytes: 4096,
  /** A whole key statement: the fixed fields, the longest serviceId, the KEM key and the entries. */
  statementBytes: 6144,
  /** Statements of one POST /v1/keys/republish. */
  republishedStatements: 50,
  vaultBytes: 256 * 1024,
  /** The sealed client state (section 6). */
  stateBytes: 1024 * 1024,
  passwordCharacters: 1024,
  /** The fewest code points of a new password (section 1). */
  newPasswordCodePoints: 8,
  /** Users of one POST /v1/keys/query. */
  keyQueryUsers: 100,
  /** Clock difference that a new key statement may have, in milliseconds (section 5). */
  statementClockSkewMs: 5 * 60 * 1000,
  /** Users that one user may block. */
  blocks: 10_000,
  /** Life of a challenge, in seconds (section 4). */
  challengeSeconds: 60,
  /** Life of a new device's request to join, in seconds (section 10). */
  pairingSeconds: 600,
  /** Requests to join that one loginId may have at the same time (section 10). */
  pairingRequests: 16,
} as const;

/** Lengths in bytes of everything that has a fixed one. */
export const LENGTHS = {
  hash: 32,
  seed: 32,
  signature: 64,
  /** RFC 7638, of a session key. */
  thumbprint: 32,
  signingPublicKey: 32,
  boxPublicKey: 32,
  kemPublicKey: 1216,
  kemCiphertext: 1120,
  uuid: 16,
  salt: 32,
  challenge: 32,
  rcpt: 52,
  kid: 16,
  nonce: 24,
  commit: 32,
  aeadTag: 16,
  boxTag: 16,
  sealTag: 48,
  /** HPKE ciphertext of a 32-byte key. */
  wrappedKey: 48,
  /** Committed AEAD: 0x01 ‖ nonce ‖ commit ‖ tag, without the plaintext (section 6). */
  committedOverhead: 1 + 24 + 32 + 16,
  /** An unlock of kind 1 or 2: the committed AEAD of a 32-byte vault key. */
  unlock: 1 + 24 + 32 + 16 + 32,
  /** An escrow unlock: 0x01 ‖ enc ‖ ciphertext. */
  escrow: 1 + 1120 + 48,
  /** The nonce of either side, and the secret by which a new device shows that a request is its own (section 10). */
  pairingNonce: 32,
  pairingToken: 32,
  /** HPKE ciphertext of a handover: format, vault key, root, suite, vaultVersion, flag and account secret, and its tag. */
  pairingCiphertext: 1 + 32 + 32 + 1 + 4 + 1 + 32 + 16,
  /** 0x01 ‖ enc ‖ ciphertext ‖ signature. */
  handover: 1 + 1120 + (1 + 32 + 32 + 1 + 4 + 1 + 32 + 16) + 64,
} as const;
