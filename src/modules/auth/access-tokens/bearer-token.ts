const BEARER = /^Bearer +([\w.-]+) *$/i;

/** The token of an Authorization header (RFC 6750), or null. */
export function bearerToken(authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? '')?.[1] ?? null;
}
