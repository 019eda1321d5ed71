import { encodeBase64Url } from '@sealpost/protocol';

import { isBlocked, rootOf, wasRecovered, type KeyChain } from './chain.js';
import {
  CompromisedKeysWarning,
  ConflictingKeysWarning,
  RecoveredKeysWarning,
  type ContactWarning,
} from './contact-errors.js';

/** What blocks a chain: other devices contradict it, or its newest root was not accepted. null: nothing. */
export function warningOf(chain: KeyChain): ContactWarning | null {
  const { userId, conflict } = chain;
  if (conflict !== undefined) {
    return new ConflictingKeysWarning(userId, conflict.version, conflict.hash, conflict.others);
  }
  if (!isBlocked(chain)) return null;
  const { version, keysHash } = rootOf(chain);
  // A recovery on the way to this root weighs more than what was put on top of it.
  const Warning = wasRecovered(chain) ? RecoveredKeysWarning : CompromisedKeysWarning;
  return new Warning(userId, version, encodeBase64Url(keysHash));
}

/** @throws ContactWarning where the user has to be asked first */
export function requireTrusted(chain: KeyChain): KeyChain {
  const warning = warningOf(chain);
  if (warning !== null) throw warning;
  return chain;
}
