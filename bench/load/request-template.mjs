/**
 * Requests that are serialised once: what changes from one to the next has a fixed length, and only those bytes are
 * written again. `{{name}}` in a path or a body is such a place; a header cannot have one.
 */
import { randomBytes } from 'node:crypto';
import { freshId, indices } from './random.mjs';

const POOL = 512;

/**
 * @typedef {object} RequestSpec
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {string} [token]
 * @property {string} [body] JSON
 *
 * @typedef {object} Variables
 * @property {string[]} [recipients] user ids to choose from, for `{{recipient}}`
 * @property {{ from: number, below: number }} [positions] for `{{position}}`; both of the same number of digits
 * @property {number} [ciphertextBytes] for `{{ciphertext}}` (base64url)
 *
 * @typedef {{ length: number, fill: () => string, last?: () => string }} Place
 */

/**
 * The places that a template can have, each with a generator of its own.
 * @param {Variables} variables
 * @param {number} seed
 * @returns {Record<string, Place>}
 */
export function placesOf(variables, seed) {
  const pick = indices(seed);
  let id = '';
  const { recipients = [], positions = { from: 0, below: 1 }, ciphertextBytes = 300 } = variables;
  let recipient = '';
  return {
    id: { length: 36, fill: () => (id = freshId()), last: () => id },
    /** The first 18 bytes of an envelope of suite sealpost-v1, which hold the id that was written last. */
    envelopeHead: { length: 24, fill: () => Buffer.from(`0101${id.replaceAll('-', '')}`, 'hex').toString('base64url') },
    recipient: { length: 36, fill: () => (recipient = recipients[pick(recipients.length)] ?? '') },
    // For the conversation of a pair: the other half of its id is the sender's, which the template holds.
    recipientNumber: { length: 6, fill: () => recipient.slice(-6) },
    ciphertext: oneOf(texts(ciphertextBytes, 'base64url'), pick),
    ciphertextBase64: oneOf(texts(ciphertextBytes, 'base64'), pick),
    nonce: oneOf(texts(24, 'base64url'), pick),
    nonceBase64: oneOf(texts(24, 'base64'), pick),
    position: {
      length: String(positions.from).length,
      fill: () => String(positions.from + pick(positions.below - positions.from)),
    },
  };
}

/** @type {Map<string, string[]>} */
const made = new Map();

/** Random bytes as text, made once for all connections. */
function texts(bytes, encoding) {
  const key = `${bytes} ${encoding}`;
  const found = made.get(key) ?? Array.from({ length: POOL }, () => randomBytes(bytes).toString(encoding));
  made.set(key, found);
  return found;
}

/** One of the values by chance; all are equally long. */
function oneOf(values, pick) {
  return { length: values[0].length, fill: () => values[pick(values.length)] };
}

/**
 * The bytes of the request, and a function that renews what changes and returns them. The same Buffer each time: it
 * may be used again once the answer is there.
 * @param {RequestSpec} spec
 * @param {URL} url
 * @param {Record<string, Place>} places
 * @returns {() => Buffer}
 */
export function compileRequest(spec, url, places) {
  const body = resolve(spec.body ?? '', places);
  const path = resolve(spec.path, places);
  const head = [
    `${spec.method} ${path.text} HTTP/1.1`,
    `Host: ${url.host}`,
    ...(spec.token === undefined ? [] : [`Authorization: Bearer ${spec.token}`]),
    ...(spec.body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${body.text.length}`]),
    '\r\n',
  ].join('\r\n');
  const bytes = Buffer.from(head + body.text, 'latin1');
  const pathAt = spec.method.length + 1;
  const patches = [
    ...path.patches.map((patch) => ({ ...patch, at: patch.at + pathAt })),
    ...body.patches.map((patch) => ({ ...patch, at: patch.at + head.length })),
  ];
  return () => {
    for (const { at, fill } of patches) bytes.write(fill(), at, 'latin1');
    return bytes;
  };
}

/** The text with room for each place, and where these are. */
function resolve(template, places) {
  const patches = [];
  let text = '';
  for (const part of template.split(/(\{\{[A-Za-z0-9]+\}\})/)) {
    const place = part.startsWith('{{') ? places[part.slice(2, -2)] : undefined;
    if (place === undefined) {
      if (/^\{\{|[^\x20-\x7e]/.test(part)) throw new Error(`A request has an unknown place or letter: ${part}`);
      text += part;
    } else {
      patches.push({ at: text.length, fill: place.fill });
      text += '-'.repeat(place.length);
    }
  }
  return { text, patches };
}
