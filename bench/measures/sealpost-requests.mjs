/** The requests to Sealpost that are measured. */
import { randomBytes } from 'node:crypto';
import { encodeBase64Url, encodeEnvelope } from '@sealpost/protocol';

/** @typedef {import('../load/request-template.mjs').RequestSpec} RequestSpec */
/** @typedef {import('../environment/people.mjs').Person} Person */

const MAC_BYTES = 16;
/** The envelope's first bytes that the template writes anew: format, suite, message id. */
const ENVELOPE_HEAD_LETTERS = 24;

/** One for each pair; the tutorial's database knows them beforehand. */
const conversationPrefix = (sender) => `00000000-0000-4000-8000-${sender.userId.slice(-6)}`;

/** The recipient is chosen where it is written, so it comes before the conversation that is made of it. */
function boxMessage(sender) {
  return {
    recipients: [{ userId: '{{recipient}}', keyVersion: 1 }],
    id: '{{id}}',
    conversationId: `${conversationPrefix(sender)}{{recipientNumber}}`,
    suite: 'box',
    senderKeyVersion: 1,
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
  return senders.map((sender) => post(sender, '/v1/messages', boxMessage(sender)));
}

/**
 * POST /v1/messages in suite `sealpost-v1`: the envelope has the form that the server checks, and random bytes for what
 * only a recipient could open.
 * @param {Person[]} senders
 * @param {Person[]} recipients
 * @param {number} bodyBytes of the content, without its MAC
 * @param {number} [count] recipients of each
 * @returns {RequestSpec[]}
 */
export function sealedSends(senders, recipients, bodyBytes, count = 1) {
  return senders.map((sender, index) => {
    const chosen = Array.from(
      { length: count },
      (_, place) => recipients[(index * 7 + place) % recipients.length] ?? sender,
    )
      // In the order of the signed recipients.
      .sort((a, b) => (a.userId < b.userId ? -1 : 1));
    const conversationId = conversationPrefix(sender) + (chosen[0] ?? sender).userId.slice(-6);
    return post(sender, '/v1/messages', {
      id: '{{id}}',
      conversationId,
      suite: 'sealpost-v1',
      senderKeyVersion: 1,
      recipients: chosen.map(({ userId }) => ({ userId, keyVersion: 1 })),
      ciphertext: `{{envelopeHead}}${envelopeTail(conversationId, chosen, bodyBytes)}`,
    });
  });
}

function envelopeTail(conversationId, recipients, bodyBytes) {
  const slots = recipients.map(({ keysHash }) => {
    return { kid: keysHash.subarray(0, 16), enc: randomBytes(1120), wrappedKey: randomBytes(48) };
  });
  const envelope = encodeEnvelope({
    // Any id will do: the template writes another one over it.
    messageId: recipients[0].userId,
    conversationId,
    nonce: randomBytes(24),
    commit: randomBytes(32),
    slots,
    body: randomBytes(bodyBytes + MAC_BYTES),
  });
  return encodeBase64Url(envelope).slice(ENVELOPE_HEAD_LETTERS);
}

/**
 * POST /v1/messages/batch.
 * @param {Person[]} senders
 * @param {number} size
 * @returns {RequestSpec[]}
 */
export function batches(senders, size) {
  return senders.map((sender) => {
    const messages = Array.from({ length: size }, () => boxMessage(sender));
    return post(sender, '/v1/messages/batch', { messages });
  });
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
 * GET /v1/users/:id/keys/newest, of anybody by anybody.
 * @param {Person[]} readers
 * @returns {RequestSpec[]}
 */
export function newestKeys(readers) {
  return readers.map(({ token }) => ({ method: 'GET', path: '/v1/users/{{recipient}}/keys/newest', token }));
}
