import { decodeBase64Url, fromUtf8, LENGTHS, utf8 } from '@sealpost/protocol';

/** A proof of RFC 9449 by an Ed25519 key, read but not verified. */
export interface DpopProof {
  readonly publicKey: Uint8Array;
  readonly claims: DpopClaims;
  /** What the signature is over: ASCII of header and claims as they came. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

export interface DpopClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** By the clock of the client. It is not compared with anything: the nonce tells how old a proof is. */
  readonly iat: number;
  readonly nonce?: string;
  readonly ath?: string;
}

/** Why a proof is refused, in words for the developer who made it. */
export class ProofFault extends Error {
  override readonly name = 'ProofFault';
}

/** An honest one has about 600 characters. */
const LONGEST_PROOF = 2048;
const LONGEST_JTI = 128;
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const HEADER_MEMBERS = ['alg', 'jwk', 'typ'];
const JWK_MEMBERS = ['crv', 'kty', 'x'];
const REQUIRED_CLAIMS = ['htm', 'htu', 'iat', 'jti'];
const OPTIONAL_CLAIMS = ['ath', 'nonce'];

/**
 * Reads a compact JWS and nothing but what a proof consists of: no other members, so that nobody need ask what they mean
 * (`crit`, `b64`, `kid`, a private key).
 * @param parseJson refuses repeated names
 * @throws ProofFault
 */
export function readDpopProof(text: string, parseJson: (text: string) => unknown): DpopProof {
  const [, header = '', claims = '', signature = ''] = (text.length <= LONGEST_PROOF ? FORM.exec(text) : null) ?? [];
  if (header === '') throw new ProofFault(`it is not a compact JWS of at most ${LONGEST_PROOF} characters`);
  return {
    publicKey: keyOf(objectIn(header, 'header', parseJson)),
    claims: claimsOf(objectIn(claims, 'claims', parseJson)),
    signed: utf8(`${header}.${claims}`),
    signature: bytesOf(signature, LENGTHS.signature, 'signature'),
  };
}

type Members = Readonly<Record<string, unknown>>;

function objectIn(part: string, name: string, parseJson: (text: string) => unknown): Members {
  const bytes = decodeBase64Url(part);
  if (bytes === null) throw new ProofFault(`its ${name} is not canonical base64url`);
  let value: unknown;
  try {
    value = parseJson(fromUtf8(bytes, name));
  } catch {
    throw new ProofFault(`its ${name} is not acceptable JSON`);
  }
  return membersOf(value, name);
}

function membersOf(value: unknown, name: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new ProofFault(`its ${name} is not a JSON object`);
}

function requireMembers(
  members: Members,
  name: string,
  required: readonly string[],
  optional: readonly string[],
): void {
  const missing = required.find((member) => !Object.hasOwn(members, member));
  if (missing !== undefined) throw new ProofFault(`its ${name} has no "${missing}"`);
  const known = new Set([...required, ...optional]);
  if (Object.keys(members).some((member) => !known.has(member))) {
    throw new ProofFault(`its ${name} has a member other than ${[...known].join(', ')}`);
  }
}

function keyOf(header: Members): Uint8Array {
  requireMembers(header, 'header', HEADER_MEMBERS, []);
  if (header['typ'] !== 'dpop+jwt') throw new ProofFault('its typ is not "dpop+jwt"');
  if (header['alg'] !== 'EdDSA') throw new ProofFault('its alg is not "EdDSA"');
  const jwk = membersOf(header['jwk'], 'jwk');
  if (Object.hasOwn(jwk, 'd')) throw new ProofFault('its jwk is a private key: make a new one, and never send it');
  requireMembers(jwk, 'jwk', JWK_MEMBERS, []);
  if (jwk['kty'] !== 'OKP' || jwk['crv'] !== 'Ed25519') throw new ProofFault('its jwk is not an Ed25519 key');
  return bytesOf(jwk['x'], LENGTHS.signingPublicKey, 'jwk');
}

function bytesOf(value: unknown, length: number, name: string): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64Url(value) : null;
  if (bytes?.length === length) return bytes;
  throw new ProofFault(`its ${name} is not ${length} bytes in base64url`);
}

function claimsOf(claims: Members): DpopClaims {
  requireMembers(claims, 'claims', REQUIRED_CLAIMS, OPTIONAL_CLAIMS);
  const { jti, htm, htu, iat, nonce, ath } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) {
    throw new ProofFault(`its jti is not a text of 1 to ${LONGEST_JTI} characters`);
  }
  if (typeof htm !== 'string' || typeof htu !== 'string') throw new ProofFault('its htm or htu is not a text');
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat) || iat < 0) {
    throw new ProofFault('its iat is not a whole number of seconds');
  }
  if (!isTextOrAbsent(nonce) || !isTextOrAbsent(ath)) throw new ProofFault('its nonce or ath is not a text');
  return { jti, htm, htu, iat, ...(nonce === undefined ? {} : { nonce }), ...(ath === undefined ? {} : { ath }) };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
