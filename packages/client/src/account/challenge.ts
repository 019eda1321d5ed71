import { decodeBase64Url, LENGTHS } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { PublicApi } from '../http/api.js';
import { checkSuite } from './service-check.js';

export interface Challenge {
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly challenge: Uint8Array;
}

/**
 * A fresh challenge for a loginId. An unknown loginId gets one too, which looks the same (protocol section 4).
 * @param highestSuite that this client has seen for the account; 0 where it has seen none
 */
export async function fetchChallenge(api: PublicApi, loginId: string, highestSuite: number): Promise<Challenge> {
  const answer = await api.challenge(loginId);
  checkSuite(answer.suite, highestSuite);
  return {
    suite: answer.suite,
    salt: bytesOf(answer.salt, LENGTHS.salt, 'salt'),
    challenge: bytesOf(answer.challenge, LENGTHS.challenge, 'challenge'),
  };
}

/** Of another length, the server could have the client sign something that it did not mean to. */
function bytesOf(text: string, length: number, name: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes?.length !== length) {
    throw new ClientError('login.challenge-malformed', `The server's ${name} is not ${length} bytes long`);
  }
  return bytes;
}
