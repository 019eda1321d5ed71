import { ByteReader, ByteWriter, concat, decodeBase64Url, fromUtf8, LENGTHS, tag, utf8 } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

/** Where a request was sent to, as far as the server sees it. */
export interface RequestAddress {
  /** Without the query. */
  readonly path: string;
  /** The name that the client uses for the server. */
  readonly host: string;
  /** The address of the server's end of the connection. */
  readonly localAddress: string | undefined;
}

const HTTP_URL = /^https?:\/\/[^\s\\@]+$/i;

/**
 * Whether the `htu` of a proof is the address of the request, query and fragment left out.
 *
 * The Host header is what a client says, and a proxy may have changed it, so where the public address of the service is
 * known, that is what counts: a proof that was made for another server is of no use here under whatever Host it is sent. A
 * client that speaks to the server itself, without a proxy, may name the very address that it is connected to instead.
 * Where no public address is set, the proof has to be for the Host of the request. The scheme is the proxy's affair.
 * @param publicUrl without a trailing slash
 */
export function isAddressOfRequest(htu: string, request: RequestAddress, publicUrl: string | undefined): boolean {
  const named = HTTP_URL.test(htu) && URL.canParse(htu) ? new URL(htu) : null;
  if (named === null) return false;
  if (publicUrl !== undefined) {
    const { origin, pathname } = new URL(publicUrl);
    if (named.origin === origin && named.pathname === pathname.replace(/\/$/, '') + request.path) return true;
    if (!isOwnAddress(named.hostname, request.localAddress)) return false;
  }
  const host = `${named.protocol}//${request.host}`;
  return URL.canParse(host) && new URL(host).host === named.host && named.pathname === request.path;
}

/** Whether a host name of a URL is this end of the connection, by its address or as the loopback. */
function isOwnAddress(hostname: string, localAddress = ''): boolean {
  const local = localAddress.replace(/^::ffff:/, '');
  const isLoopback = local === '::1' || local.startsWith('127.');
  const isLoopbackName = hostname === 'localhost' || hostname.endsWith('.localhost');
  return hostname === local || hostname === `[${local}]` || (isLoopback && isLoopbackName);
}

/** How long proofs with one nonce are accepted. */
export const NONCE_LIFE_MS = 120_000;
/** How far ahead the clock of the replica that issued a nonce may be. */
export const NONCE_CLOCK_DIFFERENCE_MS = 30_000;

const HEAD_BYTES = 8;
const MAC_BYTES = 16;

/** u64 Unix milliseconds ‖ MAC[0..16]: nothing has to be stored for it, and every replica knows it. */
export function makeNonce(time: number, mac: SecretMac): Uint8Array {
  const head = new ByteWriter().u64(time, 'time').finish();
  return concat(head, macOf(head, mac));
}

/**
 * Whether a nonce was issued here and is not too old.
 * @param now Unix milliseconds
 * @param since nonces of that time and before do not count: the process remembers no proof of then
 */
export function isCurrentNonce(nonce: Uint8Array, now: number, since: number, mac: SecretMac): boolean {
  if (nonce.length !== HEAD_BYTES + MAC_BYTES) return false;
  const head = nonce.subarray(0, HEAD_BYTES);
  if (!mac.equal(nonce.subarray(HEAD_BYTES), macOf(head, mac))) return false;
  const issuedAt = new ByteReader(head, 'nonce').u64('time');
  const age = now - issuedAt;
  return issuedAt > since && age < NONCE_LIFE_MS && age >= -NONCE_CLOCK_DIFFERENCE_MS;
}

function macOf(head: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('dpop-nonce/v2'), head)).subarray(0, MAC_BYTES);
}

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
