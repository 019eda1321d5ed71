import { encodeBase64Url, type VerifiedStatement } from '@sealpost/protocol';
import { EMPTY_USER, type HashSets, type SharedUser, timeAfter } from './shared-trust.js';
import { newestOf, rootOf, statementAt, type KeyChain, type PinConflict } from './chain.js';
import { KeysRefused } from './contact-errors.js';

/**
 * What the user's other clients know of somebody's keys, held against a chain that this client has verified. Two clients
 * that have seen different keys of one version were shown different ones: by the server, or by whoever holds the keys.
 */

/** The first version of which a client has seen another statement, or for which the user has decided against this one. */
export function conflictOf(chain: KeyChain, known: SharedUser): PinConflict | null {
  for (const version of versionsOf(known)) {
    const own = hashAt(chain, version);
    if (own === null) continue;
    const others = standing(known, version).filter((hash) => hash !== own);
    const decided = known.decided[version] !== undefined || known.lost[own] !== undefined;
    if (others.length > 0) return { version, hash: own, others, decided };
  }
  return null;
}

/** The versions of a chain that others contradict. */
function contradictedVersions(chain: KeyChain, known: SharedUser): readonly number[] {
  return versionsOf(known).filter((version) => {
    const own = hashAt(chain, version);
    return own !== null && (known.seen[version] ?? []).some((hash) => hash !== own && known.lost[hash] === undefined);
  });
}

/** The newest version that any client has seen, and that was not given up since; 0 where there is none. */
export function newestSeen(known: SharedUser): number {
  return Math.max(0, ...versionsOf(known).filter((version) => standing(known, version).length > 0));
}

/** Which statements of a version count: the one that the user has decided for, or all that were seen and not given up. */
export function standing(known: SharedUser, version: number): readonly string[] {
  const decided = known.decided[version]?.value;
  const hashes = decided === undefined ? (known.seen[version] ?? []) : [decided];
  return hashes.filter((hash) => known.lost[hash] === undefined);
}

/**
 * What is known of a chain and is not in the one that the server shows in its place: hashes, with their versions.
 * @param pinned by this client; null where it has none
 */
export function missingFrom(shown: KeyChain, pinned: KeyChain | null, known: SharedUser): ReadonlyMap<string, number> {
  const missing = new Map<string, number>();
  const look = (hash: string, version: number): void => {
    if (hashAt(shown, version) !== hash) missing.set(hash, version);
  };
  for (const { keysHash, version } of pinned?.statements ?? []) look(encodeBase64Url(keysHash), version);
  for (const version of versionsOf(known)) for (const hash of standing(known, version)) look(hash, version);
  return missing;
}

/**
 * The chain as it is to be judged with what others know. A root that one client has trusted at first sight does not count
 * as accepted where another has known the user longer: the user is asked then.
 */
export function withTrustState(chain: KeyChain, known: SharedUser): KeyChain {
  const { serviceId, userId, statements } = chain;
  const conflict = conflictOf(chain, known);
  const acceptedRoot = Math.max(...matching(chain, known.accepted)) || firstRoot(chain, known);
  return { serviceId, userId, statements, acceptedRoot, ...(conflict === null ? {} : { conflict }) };
}

function firstRoot(chain: KeyChain, known: SharedUser): number {
  const trusted = matching(chain, known.first).filter((version) => version > 0);
  return trusted.length === 0 ? chain.acceptedRoot : Math.min(...trusted);
}

/** Refuses a chain at first sight that no client of the user's vouches for, though one knows the user. */
export function requireKnown(chain: KeyChain, known: SharedUser): KeyChain {
  const { userId } = chain;
  const newest = chain.statements.length;
  if (newestSeen(known) > newest) throw new KeysRefused('contact.rollback', userId, { version: newest });
  for (const version of versionsOf(known)) {
    const allowed = standing(known, version);
    if (allowed.length > 0 && !allowed.includes(hashAt(chain, version) ?? ''))
      throw new KeysRefused('contact.fork', userId, { version });
  }
  return withTrustState(chain, known);
}

/** What a pinned chain tells other clients. */
export function trustStateOf(chain: KeyChain, known: SharedUser): SharedUser {
  const newest = chain.statements.length;
  const root = hashAt(chain, chain.acceptedRoot);
  const isFirst = root !== null && known.accepted[chain.acceptedRoot]?.includes(root) !== true;
  return {
    ...EMPTY_USER,
    seen: { [newest]: [hashAt(chain, newest) ?? ''] },
    first: isFirst ? { [chain.acceptedRoot]: [root] } : {},
  };
}

/** Without the older pins that the newest one of the same chain says already: each names the hash of the one before. */
export function compactTrustState(chain: KeyChain, known: SharedUser): SharedUser {
  const newest = chain.statements.length;
  if (conflictOf(chain, known) !== null) return known;
  const seen = Object.entries(known.seen).filter(([version, hashes]) => Number(version) >= newest || hashes.length > 1);
  return { ...known, seen: Object.fromEntries(seen) };
}

/** What the user says by accepting a root. */
export function consentTo({ version, keysHash }: VerifiedStatement): Partial<SharedUser> {
  return { accepted: { [version]: [encodeBase64Url(keysHash)] } };
}

/** What the user says by deciding for a chain that others contradict. @param now Unix milliseconds */
export function choiceOf(chain: KeyChain, known: SharedUser, now: number): Partial<SharedUser> {
  const decisions = contradictedVersions(chain, known).map((version) => {
    return [version, { at: timeAfter(now, [known.decided[version]]), value: hashAt(chain, version) ?? '' }] as const;
  });
  return { decided: Object.fromEntries(decisions) };
}

/** What the user says by comparing the safety number of a chain. @param now Unix milliseconds */
export function markOf(chain: KeyChain, known: SharedUser, now: number): Partial<SharedUser> {
  const root = encodeBase64Url(rootOf(chain).keysHash);
  const at = timeAfter(now, [known.verified[root], ...Object.values(known.lost)]);
  return { verified: { [root]: { at, value: String(newestOf(chain).version) } } };
}

/**
 * The version that was the newest when the user compared the safety number; null where the mark is of another root, or was
 * made before keys of this user were given up.
 */
export function verifiedVersion(chain: KeyChain, known: SharedUser | null): number | null {
  const mark = known?.verified[encodeBase64Url(rootOf(chain).keysHash)];
  if (known === null || mark === undefined) return null;
  return Object.values(known.lost).some(({ at }) => at >= mark.at) ? null : Number(mark.value);
}

function hashAt(chain: KeyChain, version: number): string | null {
  const statement = statementAt(chain, version);
  return statement === undefined ? null : encodeBase64Url(statement.keysHash);
}

function versionsOf({ seen, decided }: SharedUser): readonly number[] {
  return [...new Set([...Object.keys(seen), ...Object.keys(decided)].map(Number))].sort((a, b) => a - b);
}

/** Versions of the chain whose hash is among these; 0 stands for none. */
function matching(chain: KeyChain, hashes: HashSets): readonly number[] {
  const versions = Object.entries(hashes).filter(([version, list]) =>
    list.includes(hashAt(chain, Number(version)) ?? ''),
  );
  return [0, ...versions.map(([version]) => Number(version))];
}
