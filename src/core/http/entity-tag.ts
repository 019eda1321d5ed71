const TAGS = /(?:W\/)?("[^"]*")/g;

/**
 * Whether `If-None-Match` (RFC 9110, section 13.1.2) names this tag. The comparison is weak, so that it also holds after a
 * proxy that has made the tag a weak one.
 */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(TAGS)].some(([, named]) => named === tag);
}
