import type { ChallengeJson, LoginJson, ProblemJson, RegisterJson } from '@sealpost/protocol';
import { buildIdentity, loginRequest, registerRequest } from './identity.js';
import type { IdentityOptions, TestIdentity } from './identity.js';

export interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

/** One request with JSON in and out. `Body` is what the caller expects; a test looks at the status first. */
export async function call<Body = unknown>(
  server: { readonly url: string },
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const { body, token, headers } = options;
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /^application\/([a-z]+\+)?json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : text) as Body };
}

/** Makes a request that must succeed: throws with the problem if it does not. */
export async function expectOk<Body>(
  server: { readonly url: string },
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Body> {
  const answer = await call<Body>(server, method, path, options);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Makes a request that must fail. */
export async function callForProblem(
  server: { readonly url: string },
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<ProblemJson> {
  const answer = await call<ProblemJson>(server, method, path, options);
  if (answer.status < 400) throw new Error(`${method} ${path} succeeded: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** A user with an account and a session. */
export interface TestUser {
  readonly identity: TestIdentity;
  readonly userId: string;
  readonly loginId: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly sessionId: string;
  readonly deviceToken: string;
}

interface Service {
  readonly url: string;
  readonly serviceId: string;
}

export async function challengeFor(server: { readonly url: string }, loginId: string): Promise<ChallengeJson> {
  return expectOk<ChallengeJson>(server, 'POST', '/v1/auth/challenge', { body: { loginId } });
}

export async function registerUser(server: Service, options: IdentityOptions = {}): Promise<TestUser> {
  const identity = buildIdentity({ serviceId: server.serviceId, ...options });
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = registerRequest(identity, challenge);
  return userOf(identity, await expectOk<RegisterJson>(server, 'POST', '/v1/auth/register', { body }));
}

/** A further session of the same user. */
export async function logIn(server: Service, identity: TestIdentity): Promise<TestUser> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = loginRequest(identity, challenge);
  return userOf(identity, await expectOk<LoginJson>(server, 'POST', '/v1/auth/login', { body }));
}

function userOf(identity: TestIdentity, answer: RegisterJson | LoginJson): TestUser {
  const { accessToken, refreshToken, sessionId, deviceToken } = answer;
  const { userId, loginId } = identity;
  return { identity, userId, loginId, token: accessToken, refreshToken, sessionId, deviceToken };
}
