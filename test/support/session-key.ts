import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { LoginJson, ProblemJson, RegisterJson } from '@sealpost/protocol';
import { call, type Answer, type CallOptions, challengeFor, type TestUser } from './api.js';
import { buildIdentity, loginRequest, registerRequest } from './identity.js';
import type { IdentityOptions, TestIdentity } from './identity.js';

interface Service {
  readonly url: string;
  readonly serviceId: string;
}

/** What a proof says; each test changes what it is about. */
export interface ProofParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A session key and its proofs (RFC 9449), made with node:crypto and nothing of the product. */
export class TestSessionKey {
  private readonly pair = generateKeyPairSync('ed25519');
  readonly jwk = this.publicJwk();
  /** RFC 7638. */
  readonly thumbprint = new Uint8Array(createHash('sha256').update(JSON.stringify(this.jwk)).digest());

  /** @param accessToken for `ath` */
  proof(method: string, url: string, nonce: string, accessToken?: string, parts: ProofParts = {}): string {
    const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
    const iat = Math.floor(Date.now() / 1000);
    const jti = randomBytes(16).toString('base64url');
    const header = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: this.jwk, ...parts.header };
    return this.signed(encode(header), encode({ jti, htm: method, htu: url, iat, nonce, ...ath, ...parts.claims }));
  }

  /** Over whatever header and claims are. */
  signed(header: string, claims: string): string {
    const text = `${header}.${claims}`;
    return `${text}.${sign(null, Buffer.from(text), this.pair.privateKey).toString('base64url')}`;
  }

  private publicJwk() {
    const { x = '' } = this.pair.publicKey.export({ format: 'jwk' });
    return { crv: 'Ed25519', kty: 'OKP', x };
  }
}

/** A nonce of the server's. */
export async function nonceOf(server: Service): Promise<string> {
  const answer = await call(server, 'POST', '/v1/auth/challenge', { body: { loginId: 'nobody@example.org' } });
  return answer.headers.get('dpop-nonce') ?? '';
}

/** A request with a proof, as a client of RFC 9449 makes it. */
export async function callWithProof<Body = ProblemJson>(
  server: Service,
  key: TestSessionKey,
  method: string,
  path: string,
  options: Omit<CallOptions, 'headers'> & ProofParts = {},
): Promise<Answer<Body>> {
  const { token, body, header, claims } = options;
  const parts = { ...(header === undefined ? {} : { header }), ...(claims === undefined ? {} : { claims }) };
  const [address = path] = path.split('?');
  const proof = key.proof(method, server.url + address, await nonceOf(server), token, parts);
  const authorization = token === undefined ? {} : { authorization: `DPoP ${token}` };
  return call<Body>(server, method, path, {
    headers: { dpop: proof, ...authorization },
    ...(body === undefined ? {} : { body }),
  });
}

/** A user whose session is bound to a key. */
export interface BoundUser extends TestUser {
  readonly key: TestSessionKey;
}

export async function registerBound(server: Service, options: IdentityOptions = {}): Promise<BoundUser> {
  const identity = buildIdentity({ serviceId: server.serviceId, ...options });
  const key = new TestSessionKey();
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = registerRequest(identity, challenge, key.thumbprint);
  return boundUser(
    identity,
    key,
    await callWithProof<RegisterJson>(server, key, 'POST', '/v1/auth/register', { body }),
  );
}

export async function logInBound(server: Service, identity: TestIdentity): Promise<BoundUser> {
  const key = new TestSessionKey();
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = loginRequest(identity, challenge, key.thumbprint);
  return boundUser(identity, key, await callWithProof<LoginJson>(server, key, 'POST', '/v1/auth/login', { body }));
}

function boundUser(
  identity: TestIdentity,
  key: TestSessionKey,
  { status, text, body }: Answer<RegisterJson | LoginJson>,
): BoundUser {
  if (status >= 300) throw new Error(`No session was opened: ${status} ${text}`);
  const { accessToken, refreshToken, sessionId, deviceToken } = body;
  const { userId, loginId } = identity;
  return { identity, userId, loginId, token: accessToken, refreshToken, sessionId, deviceToken, key };
}

/** A request without a proof, for what is called without HTTP. */
export const NO_PROOF = {
  proof: undefined,
  method: 'POST',
  path: '/',
  host: 'localhost',
  localAddress: undefined,
  offerNonce: (): void => undefined,
};
