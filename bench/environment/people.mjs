/** Registers people through the API, as clients do. */
import { makeIdentity, registration } from './identity.mjs';

const AT_ONCE = 4;

/**
 * @typedef {object} Person
 * @property {string} userId
 * @property {string} loginId
 * @property {string} token
 * @property {Uint8Array} keysHash
 */

/**
 * The id of a person of a run. SQL makes the same from a number, so that pgbench can write to everybody.
 * @param {number} number from 1
 */
export function numberedId(number) {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/**
 * @param {string} url
 * @param {number} count
 * @param {(number: number) => string} [idOf] by default ids that nobody has had
 * @returns {Promise<Person[]>}
 */
export async function registerPeople(url, count, idOf) {
  const { serviceId } = await call(url, 'GET', '/v1/service');
  /** @type {Person[]} */
  const people = [];
  const registerNext = async () => {
    while (people.length < count) {
      const identity = makeIdentity(serviceId, idOf?.(people.length + 1));
      const { userId, loginId, keysHash } = identity;
      const person = { userId, loginId, token: '', keysHash };
      people.push(person);
      const { challenge } = await call(url, 'POST', '/v1/auth/challenge', { loginId });
      const answer = await call(url, 'POST', '/v1/auth/register', registration(identity, challenge));
      person.token = answer.accessToken;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, registerNext));
  return people;
}

/**
 * One request that must succeed.
 * @param {string} url
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [token]
 * @returns {Promise<any>}
 */
export async function call(url, method, path, body, token) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
