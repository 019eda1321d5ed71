/** Far longer than what this service issues; whatever is longer need not be verified, nor remembered. */
const CREDENTIALS = /^(Bearer|DPoP) +([\w.-]{1,2048}) *$/i;
const BEARER_LENGTH = 'Bearer'.length;

/** The token of an Authorization header (RFC 6750, RFC 9449). */
export interface PresentedToken {
  readonly token: string;
  /** Whether the scheme says that a proof of the session key comes with it. */
  readonly isDpop: boolean;
}

export function accessTokenOf(authorization: string | undefined): PresentedToken | null {
  const [, scheme, token] = CREDENTIALS.exec(authorization ?? '') ?? [];
  if (scheme === undefined || token === undefined) return null;
  return { token, isDpop: scheme.length !== BEARER_LENGTH };
}
