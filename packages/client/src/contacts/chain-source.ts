import type { KeyChainJson, SignedStatement, SignedStatementJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { signedStatementOf } from '../trust/chain-pin.js';
import { KeysRefused, refusingKeys } from '../trust/contact-errors.js';

/** More than a vault has room for. */
export const MAX_STATEMENTS = 4096;
/**
 * What is fetched and verified, beyond what is known, of somebody with whom the user does not deal: nobody is to keep others
 * busy with their keys.
 */
const UNASKED_STATEMENTS = 32;
/** Statements of one answer. */
const PAGE = 50;

/** How much of a chain is fetched. */
export interface Extent {
  /** The most statements that are accepted; by default as many as a vault has room for. */
  readonly most?: number;
  /** The last version that is needed; by default the newest one. */
  readonly upTo?: number;
}

/** How far the keys of somebody are looked at. */
export interface Look {
  /** By the user, who names this person: then the chain may be as long as it likes. */
  readonly asked?: boolean;
  /** The newest version that is needed; by default the newest one that there is. */
  readonly upTo?: number;
}

/** For whomever the user writes to, or looks up. */
export const ASKED: Look = { asked: true };

/**
 * As many statements as there may be from a version on, and which are needed. Versions that are known already, be it to
 * another device of the user's, are no burden that somebody lays on the user.
 * @param welcome whether the user has accepted this person
 * @param known the newest version that was seen
 */
export function extentOf(
  { asked, upTo }: Look,
  welcome: boolean,
  from: number,
  known: number,
): Extent & { most: number } {
  const unlimited = asked === true || welcome;
  const most = unlimited ? MAX_STATEMENTS : Math.max(known - from + 1, 0) + UNASKED_STATEMENTS;
  return upTo === undefined ? { most } : { most, upTo: Math.max(upTo, known) };
}

/**
 * Statements of a user from a version on, as the server shows them: nothing of it is verified yet.
 * @throws KeysRefused `contact.too-long` where there are more than `most`: before any of them is verified, and where it is
 *   clear beforehand, before any is fetched
 */
export async function fetchStatements(
  api: Pick<UserApi, 'keyChain'>,
  userId: string,
  from: number,
  { most = MAX_STATEMENTS, upTo = Number.POSITIVE_INFINITY }: Extent = {},
): Promise<readonly SignedStatement[]> {
  const tooLong = (): KeysRefused => new KeysRefused('contact.too-long', userId, { version: from + most });
  if (Number.isFinite(upTo) && upTo - from >= most) throw tooLong();
  const statements: SignedStatementJson[] = [];
  for (let after: number | undefined = from - 1; after !== undefined && after < upTo;) {
    const limit = Math.min(PAGE, most + 1 - statements.length, upTo - after);
    const { items, next }: KeyChainJson = await api.keyChain(userId, after, limit);
    statements.push(...items.slice(0, limit));
    if (statements.length > most) throw tooLong();
    if (next !== undefined && (next <= after || items.length === 0)) {
      throw new ClientError('client.bad-answer', 'The server lists key versions without end');
    }
    after = next;
  }
  return refusingKeys(userId, () => statements.map(signedStatementOf));
}
