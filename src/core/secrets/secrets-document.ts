import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { decodeBase64Url } from '@sealpost/protocol';
import { ServerSecrets } from './server-secrets.js';
import type { PublicSigningJwk, SigningKey, VerificationKey } from './server-secrets.js';

const FORMAT_VERSION = 1;
const KEY_BYTES = 32;
/** Far longer than any access token lives, also when replicas are restarted days after a rotation. */
const RETIRED_KEY_DAYS = 30;
const DAY_MS = 86_400_000;

/** The content of the secrets file. */
export interface SecretsDocument {
  readonly version: typeof FORMAT_VERSION;
  readonly challengeKey: string;
  readonly decoyKey: string;
  readonly refreshKey: string;
  /** The current one first, with its private member `d`; retired ones without it. */
  readonly signingKeys: readonly StoredSigningKey[];
}

interface StoredSigningKey {
  readonly createdAt: string;
  readonly retiredAt?: string;
  readonly jwk: JsonWebKey;
}

/** Says what is wrong with a secrets document, never what it contains. */
export class MalformedSecrets extends Error {
  override readonly name = 'MalformedSecrets';
}

export function generateSecrets(now: Date): SecretsDocument {
  return {
    version: FORMAT_VERSION,
    challengeKey: randomBytes(KEY_BYTES).toString('base64url'),
    decoyKey: randomBytes(KEY_BYTES).toString('base64url'),
    refreshKey: randomBytes(KEY_BYTES).toString('base64url'),
    signingKeys: [generateSigningKey(now)],
  };
}

/** A new current signing key; the old ones keep verifying, without their private halves. */
export function rotateSigningKey(document: SecretsDocument, now: Date): SecretsDocument {
  const oldest = now.getTime() - RETIRED_KEY_DAYS * DAY_MS;
  const retired = document.signingKeys
    .map(({ createdAt, retiredAt, jwk }) => ({
      createdAt,
      retiredAt: retiredAt ?? now.toISOString(),
      jwk: withoutPrivateMember(jwk),
    }))
    .filter(({ retiredAt }) => Date.parse(retiredAt) >= oldest);
  return { ...document, signingKeys: [generateSigningKey(now), ...retired] };
}

function withoutPrivateMember({ kty, crv, x, y }: JsonWebKey): JsonWebKey {
  return { kty, crv, x, y } as JsonWebKey;
}

function generateSigningKey(now: Date): StoredSigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { createdAt: now.toISOString(), jwk: privateKey.export({ format: 'jwk' }) };
}

/** @throws MalformedSecrets */
export function parseSecrets(text: string): SecretsDocument {
  const document = parseObject(text);
  if (document['version'] !== FORMAT_VERSION) {
    throw new MalformedSecrets(`its "version" is not ${FORMAT_VERSION}; was it written by another release?`);
  }
  const parsed = {
    version: FORMAT_VERSION,
    challengeKey: secretMember(document, 'challengeKey'),
    decoyKey: secretMember(document, 'decoyKey'),
    refreshKey: secretMember(document, 'refreshKey'),
    signingKeys: signingKeyMembers(document['signingKeys']),
  } as const;
  if (new Set([parsed.challengeKey, parsed.decoyKey, parsed.refreshKey]).size !== 3) {
    throw new MalformedSecrets('two of its keys are equal');
  }
  return parsed;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new MalformedSecrets('it is not JSON');
  }
  if (!isObject(value)) throw new MalformedSecrets('it is not a JSON object');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function secretMember(document: Record<string, unknown>, name: string): string {
  const text = document[name];
  if (typeof text !== 'string' || decodeBase64Url(text)?.length !== KEY_BYTES) {
    throw new MalformedSecrets(`"${name}" is not ${KEY_BYTES} bytes in base64url`);
  }
  return text;
}

function signingKeyMembers(value: unknown): StoredSigningKey[] {
  if (!Array.isArray(value) || value.length === 0) throw new MalformedSecrets('"signingKeys" is not a list of keys');
  return value.map((entry: unknown, index) => {
    const { createdAt, retiredAt, jwk } = isObject(entry) ? entry : {};
    const dated = isDate(createdAt) && (retiredAt === undefined || isDate(retiredAt));
    if (!dated || !isObject(jwk)) throw new MalformedSecrets(`"signingKeys" entry ${index + 1} is not a key`);
    readKey(jwk, index);
    return { createdAt, ...(retiredAt === undefined ? {} : { retiredAt }), jwk: jwk };
  });
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

/** Only the first key needs its private half. */
function readKey(jwk: JsonWebKey, index: number): KeyObject {
  try {
    const key =
      index === 0 ? createPrivateKey({ key: jwk, format: 'jwk' }) : createPublicKey({ key: jwk, format: 'jwk' });
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // The message of node:crypto says less than ours.
  }
  throw new MalformedSecrets(`"signingKeys" entry ${index + 1} is not a P-256 ${index === 0 ? 'private ' : ''}key`);
}

/** The document with its keys ready for use. */
export function secretsOf(document: SecretsDocument): ServerSecrets {
  return new StoredSecrets(document);
}

class StoredSecrets extends ServerSecrets {
  readonly challengeKey: Uint8Array;
  readonly decoyKey: Uint8Array;
  readonly refreshKey: Uint8Array;
  readonly signingKeys: readonly [SigningKey, ...VerificationKey[]];

  constructor(document: SecretsDocument) {
    super();
    this.challengeKey = keyBytes(document.challengeKey);
    this.decoyKey = keyBytes(document.decoyKey);
    this.refreshKey = keyBytes(document.refreshKey);
    const [first, ...retired] = document.signingKeys;
    if (first === undefined) throw new MalformedSecrets('"signingKeys" is empty');
    const current = readKey(first.jwk, 0);
    const signing = { ...verificationKey(createPublicKey(current)), privateKey: current };
    this.signingKeys = [signing, ...retired.map((key, index) => retiredKey(key, index + 1))];
  }
}

function keyBytes(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes === null) throw new MalformedSecrets('a key is not base64url');
  return bytes;
}

/** One without a time of its retirement has been retired for ever. */
function retiredKey({ jwk, retiredAt }: StoredSigningKey, index: number): VerificationKey {
  return { ...verificationKey(readKey(jwk, index)), retiredAt: retiredAt === undefined ? 0 : Date.parse(retiredAt) };
}

function verificationKey(publicKey: KeyObject): VerificationKey {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const kid = thumbprint(x, y);
  const publicJwk: PublicSigningJwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
  return { kid, publicPem: publicKey.export({ type: 'spki', format: 'pem' }), publicJwk };
}

/** RFC 7638: the required members in alphabetical order. */
function thumbprint(x: string, y: string): string {
  const members = JSON.stringify({ crv: 'P-256', kty: 'EC', x, y });
  return createHash('sha256').update(members).digest('base64url');
}
