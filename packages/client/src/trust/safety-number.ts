import { formatSafetyNumber, safetyNumberBytes, type SafetyParty } from '@sealpost/protocol';

import { sha512 } from '../crypto/primitives.js';
import { rootOf, type KeyChain } from './chain.js';

/** The safety number of two users (section 7): 12 groups of five digits, the same seen from either side. */
export function safetyNumber(a: KeyChain, b: KeyChain): string {
  return formatSafetyNumber(sha512(safetyNumberBytes(partyOf(a), partyOf(b))));
}

function partyOf(chain: KeyChain): SafetyParty {
  return { userId: chain.userId, rootHash: rootOf(chain).keysHash };
}
