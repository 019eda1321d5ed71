/** The requests to Sealpost that are measured. */

/** @typedef {import('../load/request-template.mjs').RequestSpec} RequestSpec */
/** @typedef {import('../environment/people.mjs').Person} Person */

/** The second half of a conversation's id is its sender's. */
const conversationOf = (sender) => `{{conversationHead}}${sender.userId.slice(18)}`;

/** One message with a ciphertext of the plain libsodium suite, to a recipient of the variables. */
function boxMessage(sender) {
  return {
    id: '{{id}}',
    conversationId: conversationOf(sender),
    suite: 'box',
    senderKeyVersion: 1,
    recipients: [{ userId: '{{recipient}}', keyVersion: 1 }],
    ciphertext: '{{ciphertext}}',
    nonce: '{{nonce}}',
  };
}

/**
 * POST /v1/messages in suite `box`, one for each sender.
 * @param {Person[]} senders
 * @returns {RequestSpec[]}
 */
export function sends(senders) {
  return senders.map((sender) => post(sender, '/v1/messages', swapped(boxMessage(sender))));
}

/**
 * POST /v1/messages/batch.
 * @param {Person[]} senders
 * @param {number} size
 * @returns {RequestSpec[]}
 */
export function batches(senders, size) {
  return senders.map((sender) => {
    const messages = Array.from({ length: size }, () => swapped(boxMessage(sender)));
    return post(sender, '/v1/messages/batch', { messages });
  });
}

/** The recipient is chosen where it is first written, so it comes before the conversation that is made of it. */
function swapped({ recipients, ...rest }) {
  return { recipients, ...rest };
}

/** @returns {RequestSpec} */
function post(sender, path, body) {
  return { method: 'POST', path, token: sender.token, body: JSON.stringify(body) };
}

/**
 * GET /v1/messages of each reader.
 * @param {Person[]} readers
 * @param {string} [after]
 * @returns {RequestSpec[]}
 */
export function inboxPages(readers, after = '0') {
  return readers.map(({ token }) => ({ method: 'GET', path: `/v1/messages?after=${after}&limit=50`, token }));
}

/**
 * GET /v1/users/:id/keys, of anybody by anybody.
 * @param {Person[]} readers
 * @returns {RequestSpec[]}
 */
export function newestKeys(readers) {
  return readers.map(({ token }) => ({ method: 'GET', path: '/v1/users/{{recipient}}/keys', token }));
}
