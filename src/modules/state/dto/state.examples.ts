/** A state of the form that the server can see: format byte, nonce, commitment, ciphertext. */
export const EXAMPLE = {
  state: 'AXdv'.repeat(32),
  stateVersion: 1,
  previousHash: 'A'.repeat(43),
} as const;
