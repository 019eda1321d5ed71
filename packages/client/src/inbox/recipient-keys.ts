import { encodeBase64Url, type Rcpt } from '@sealpost/protocol';

import { statementAt } from '../trust/chain.js';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { hashesThatCount } from '../trust/shared-trust.js';
import type { StreamEvent } from '../envelope/stream-events.js';
import type { OpenedMessage } from '../envelope/types.js';
import type { ClientState } from '../state/client-state.js';

/**
 * Holds the keys of a signed recipient list against those that this client, or another one of its user's, has seen of the
 * same versions. Where they differ, one of the two was shown wrong ones. Asks nobody.
 */
export async function differingKeys(
  directory: Pick<ContactDirectory, 'pinned'>,
  state: Pick<ClientState, 'knownUser'>,
  opened: OpenedMessage,
): Promise<readonly StreamEvent[]> {
  if (opened.suite !== 'sealpost-v1') return [];
  const events: StreamEvent[] = [];
  for (const { userId, keyVersion, keysHash } of opened.recipients) {
    const seen = await seenKeys(directory, state, userId, keyVersion);
    if (seen.length === 0 || seen.includes(encodeBase64Url(keysHash))) continue;
    events.push({ type: 'keys-differ', userId, keyVersion, namedBy: opened.sender.userId });
  }
  return events;
}

/** Hashes of the statements that were seen of a version. */
async function seenKeys(
  directory: Pick<ContactDirectory, 'pinned'>,
  state: Pick<ClientState, 'knownUser'>,
  userId: Rcpt['userId'],
  keyVersion: Rcpt['keyVersion'],
): Promise<readonly string[]> {
  const chain = await directory.pinned(userId);
  const statement = chain === null ? undefined : statementAt(chain, keyVersion);
  if (statement !== undefined) return [encodeBase64Url(statement.keysHash)];
  const known = await state.knownUser(userId);
  return known === null ? [] : hashesThatCount(known, keyVersion);
}
