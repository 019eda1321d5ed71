import { encodeBase64Url } from '@sealpost/protocol';
import type { HashSets, SharedUser } from '../shared/shared-content.js';
import { ChainRefused, rootOf, statementAt, type KeyChain, type PinConflict } from './chain.js';

/**
 * What the user's other clients know of somebody's keys, held against a chain that this client has verified. Two clients
 * that have seen different keys of one version were shown different ones: by the server, or by whoever holds the keys.
 */

/** The first version of which a client has seen another statement, or for which the user has decided against this one. */
export function conflictOf(chain: KeyChain, known: SharedUser): PinConflict | null {
  for (const version of versionsOf(known)) {
    const own = hashAt(chain, version);
    if (own === null) continue;
    const decided = known.decided[version]?.value;
    const others = (decided === undefined ? (known.seen[version] ?? []) : [decided]).filter((hash) => hash !== own);
    if (others.length > 0) return { version, hash: own, others, decided: decided !== undefined };
  }
  return null;
}

/** The versions of a chain that others contradict. */
export function contradictedVersions(chain: KeyChain, known: SharedUser): readonly number[] {
  return versionsOf(known).filter((version) => {
    const own = hashAt(chain, version);
    return own !== null && (known.seen[version] ?? []).some((hash) => hash !== own);
  });
}

/** The newest version that any client has seen; 0 where none has. */
export function newestSeen(known: SharedUser): number {
  return Math.max(0, ...versionsOf(known));
}

/**
 * The chain as it is to be judged with what others know. A root that one client has trusted at first sight does not count
 * as accepted where another has known the user longer: the user is asked then.
 */
export function withKnowledge(chain: KeyChain, known: SharedUser): KeyChain {
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
  if (newestSeen(known) > chain.statements.length) throw new ChainRefused('rollback', userId, chain.statements.length);
  for (const version of versionsOf(known)) {
    const own = hashAt(chain, version) ?? '';
    const decided = known.decided[version]?.value;
    const allowed = decided === undefined ? (known.seen[version] ?? []) : [decided];
    if (!allowed.includes(own)) throw new ChainRefused('fork', userId, version);
  }
  return withKnowledge(chain, known);
}

/** What a pinned chain tells other clients. */
export function knowledgeOf(chain: KeyChain, known: SharedUser, verifiedRoot: string | undefined): SharedUser {
  const newest = chain.statements.length;
  const root = hashAt(chain, chain.acceptedRoot);
  const isFirst = root !== null && known.accepted[chain.acceptedRoot]?.includes(root) !== true;
  return {
    seen: { [newest]: [hashAt(chain, newest) ?? ''] },
    first: isFirst ? { [chain.acceptedRoot]: [root] } : {},
    accepted: {},
    decided: {},
    verified: verifiedRoot === undefined ? [] : [verifiedRoot],
  };
}

/** Without the older pins that the newest one of the same chain says already: each names the hash of the one before. */
export function compactKnowledge(chain: KeyChain, known: SharedUser): SharedUser {
  const newest = chain.statements.length;
  if (conflictOf(chain, known) !== null) return known;
  const seen = Object.entries(known.seen).filter(([version, hashes]) => Number(version) >= newest || hashes.length > 1);
  return { ...known, seen: Object.fromEntries(seen) };
}

export function isVerifiedRoot(chain: KeyChain, known: SharedUser | null, verifiedRoot: string | undefined): boolean {
  const root = encodeBase64Url(rootOf(chain).keysHash);
  return verifiedRoot === root || known?.verified.includes(root) === true;
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
