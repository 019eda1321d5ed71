import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requireBase64Url } from '@sealpost/protocol';
import { NO_ACTOR } from '../../src/core/accounts/index.js';
import { SodiumCryptoService } from '../../src/core/crypto/index.js';
import type { CryptoService } from '../../src/core/crypto/index.js';
import { PasswordService } from '../../src/modules/auth/credentials/password.service.js';
import { RecoveryService } from '../../src/modules/auth/credentials/recovery.service.js';
import { LoginService } from '../../src/modules/auth/login/login.service.js';
import { RegistrationService } from '../../src/modules/auth/registration/registration.service.js';
import { SessionsService } from '../../src/modules/auth/sessions/sessions.service.js';
import { startApplication } from '../support/application.js';
import { buildIdentity, registerRequest } from '../support/identity.js';
import type { TestIdentity } from '../support/identity.js';
import { NO_PROOF } from '../support/session-key.js';
import { startTestDatabase } from '../support/test-database.js';
import type { TestDatabase } from '../support/test-database.js';

const SERVICE_ID = 'test.sealpost.example';

/** Cryptography and statements, in the order in which they were asked for. */
let trace: string[] = [];
/** How many rows each of the statements has brought. */
let rows: number[] = [];
let database: TestDatabase;
let login: LoginService;
let sessions: SessionsService;
let passwords: PasswordService;
let recovery: RecoveryService;
let alice: TestIdentity;

beforeAll(async () => {
  database = await startTestDatabase();
  traceStatements(database);
  const crypto = traced(await SodiumCryptoService.create());
  const application = await startApplication(database, { env: { SEALPOST_SERVICE_ID: SERVICE_ID }, crypto });
  login = application.get(LoginService, { strict: false });
  sessions = application.get(SessionsService, { strict: false });
  passwords = application.get(PasswordService, { strict: false });
  recovery = application.get(RecoveryService, { strict: false });
  alice = buildIdentity({ serviceId: SERVICE_ID });
  await register(application.get(RegistrationService, { strict: false }));
});
afterAll(() => database.stop());

function traced(crypto: CryptoService): CryptoService {
  return new Proxy(crypto, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        trace.push(`crypto.${String(name)}`);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

function traceStatements({ database: { pool } }: TestDatabase): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const tracedQuery = (...args: unknown[]): unknown => {
    const [statement] = args;
    trace.push(typeof statement === 'string' ? statement : (statement as { text: string }).text);
    const answer = query(...args) as Promise<{ readonly rows: readonly unknown[] }>;
    const seen = rows;
    return answer.then((result) => {
      seen.push(result.rows.length);
      return result;
    });
  };
  Object.assign(pool, { query: tracedQuery });
}

async function register(registration: RegistrationService): Promise<void> {
  const { challenge } = await login.offerChallenge(alice.loginId);
  const request = registerRequest(alice, Buffer.from(challenge).toString('base64url'));
  const bytes = (text: string): Uint8Array => requireBase64Url(text, 'member');
  await registration.register(
    {
      userId: request.userId,
      loginId: request.loginId,
      suite: request.suite,
      salt: bytes(request.salt),
      authPublicKey: bytes(request.authPublicKey),
      keys: { statement: bytes(request.keys.statement), signature: bytes(request.keys.signature) },
      handleSignature: bytes(request.handleSignature),
      vault: bytes(request.vault),
      passwordUnlock: bytes(request.passwordUnlock),
      recoveryAuthPublicKey: bytes(request.recoveryAuthPublicKey),
      recoveryUnlock: bytes(request.recoveryUnlock),
      challenge,
      proof: bytes(request.proof),
      authKeySignature: bytes(request.authKeySignature),
      recoveryAuthKeySignature: bytes(request.recoveryAuthKeySignature),
    },
    NO_ACTOR,
  );
}

/** A member of a registration of Alice's, which need not be the one that was accepted. */
function bytesOfAlice(member: 'authPublicKey' | 'passwordUnlock'): Uint8Array {
  return requireBase64Url(registerRequest(alice, 'A'.repeat(43))[member], member);
}

async function traceOf(work: () => Promise<unknown>): Promise<string[]> {
  trace = [];
  rows = [];
  await work();
  return [...trace];
}

describe('a loginId that nobody has', () => {
  const nobody = 'nobody@example.org';

  it('a loginId that nobody has costs a challenge the same statements, rows and cryptography as one that somebody has', async () => {
    const known = await traceOf(() => login.offerChallenge(alice.loginId));
    const knownRows = rows;
    const unknown = await traceOf(() => login.offerChallenge(nobody));
    expect(unknown).toEqual(known);
    expect(known.filter((step) => step.includes('FROM') && step.includes('handles'))).toHaveLength(1);
    expect(rows).toEqual(knownRows);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).not.toContain(0);
  });

  it('a loginId that nobody has costs a refused log-in the same statements and the same cryptography', async () => {
    const attempt = async (loginId: string): Promise<void> => {
      const { challenge } = await login.offerChallenge(loginId);
      trace = [];
      rows = [];
      await expect(login.logIn({ loginId, challenge, signature: new Uint8Array(64) }, NO_ACTOR)).rejects.toMatchObject({
        code: 'auth.login-refused',
      });
    };
    const known = await traceOf(() => attempt(alice.loginId));
    const unknown = await traceOf(() => attempt(nobody));
    expect(unknown).toEqual(known);
    expect(known.filter((step) => step.includes('handles'))).toHaveLength(1);
    expect(known).toContain('crypto.verifyAuthProof');
  });

  it('a loginId that nobody has costs a refused recovery the same statements and the same cryptography', async () => {
    const noSignature = new Uint8Array(64);
    const refused = { code: 'auth.recovery-refused' };
    const attempts = [
      (loginId: string, challenge: Uint8Array) => recovery.open({ loginId, challenge, proof: noSignature }, NO_ACTOR),
      (loginId: string, challenge: Uint8Array) => {
        const key = { suite: 1, salt: new Uint8Array(32), authPublicKey: bytesOfAlice('authPublicKey') };
        const proofs = { challenge, proof: noSignature, authKeySignature: noSignature };
        const passwordUnlock = bytesOfAlice('passwordUnlock');
        const request = { loginId, credentialVersion: 1, ...key, passwordUnlock, ...proofs };
        return passwords.recover(alice.userId, request, NO_ACTOR);
      },
    ];
    for (const attempt of attempts) {
      const traceFor = async (loginId: string): Promise<string[]> => {
        const { challenge } = await login.offerChallenge(loginId);
        return traceOf(() => expect(attempt(loginId, challenge)).rejects.toMatchObject(refused));
      };
      const known = await traceFor(alice.loginId);
      expect(await traceFor(nobody)).toEqual(known);
      expect(known.filter((step) => step.includes('handles'))).toHaveLength(1);
      expect(rows).not.toContain(0);
      expect(known).toContain('crypto.verifyAuthProof');
    }
  });

  it('a loginId that nobody has gets a salt that is nobody’s, and another one than the next', async () => {
    const [first, second] = [await login.offerChallenge(nobody), await login.offerChallenge(`${nobody}2`)];
    expect(first.salt).not.toEqual(second.salt);
    expect(first.salt).not.toEqual(alice.salt);
  });
});

describe('a foreign refresh token', () => {
  it('a refresh token that was not made here costs no statement', async () => {
    const tokens = [new Uint8Array(68), new Uint8Array(91).fill(255), new Uint8Array(1)];
    const steps = await traceOf(async () => {
      for (const token of tokens) {
        await expect(sessions.refresh(token, NO_PROOF, NO_ACTOR)).rejects.toMatchObject({
          code: 'auth.refresh-refused',
        });
      }
    });
    expect(new Set(steps)).toEqual(new Set(['crypto.hmacSha256', 'crypto.equal']));
  });
});
