/** Requests to the tutorial stack: people, bodies and pages are those of the requests to Sealpost. */

/** @typedef {import('../load/request-template.mjs').RequestSpec} RequestSpec */

/**
 * @param {string[]} senderIds
 * @param {(userId: string) => string} token
 * @returns {RequestSpec[]}
 */
export function tutorialSends(senderIds, token) {
  return senderIds.map((userId) => ({
    method: 'POST',
    path: '/messages',
    token: token(userId),
    body: JSON.stringify({
      recipientId: '{{recipient}}',
      conversationId: `00000000-0000-4000-8000-${userId.slice(-6)}{{recipientNumber}}`,
      senderKeyVersion: 1,
      recipientKeyVersion: 1,
      ciphertext: '{{ciphertextBase64}}',
      nonce: '{{nonceBase64}}',
    }),
  }));
}

/**
 * @param {string[]} readerIds
 * @param {(userId: string) => string} token
 * @returns {RequestSpec[]}
 */
export function tutorialPages(readerIds, token) {
  return readerIds.map((userId) => ({ method: 'GET', path: '/messages?limit=50', token: token(userId) }));
}
