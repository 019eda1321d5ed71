import { describe, expect, it } from '@jest/globals';
import {
  authPayloadBytes,
  decodeKeyStatement,
  encodeAddEscrowFields,
  encodeChallengeFields,
  encodeDeleteAccountFields,
  encodePasswordFields,
  encodeRecoveryKeyFields,
  encodeRegisterFields,
  encodeRekeyFields,
  encodeResetKeysFields,
  NO_FIELDS,
  requireBase64Url,
} from '@sealpost/protocol';
import { SodiumCryptoService } from './crypto/index.js';
import { exampleBodies } from './fixed-examples.js';

const SERVICE_ID = 'msg.example';
const TEXTS = new Set(['userId', 'loginId', 'newLoginId', 'sessionName']);

const bytes = (text: string): Uint8Array => requireBase64Url(text, 'example');
const crypto = await SodiumCryptoService.create();

/** What an example says, and what a signature in it is about besides. */
type Example = Parameters<typeof encodeRekeyFields>[0] &
  Parameters<typeof encodePasswordFields>[0] &
  Parameters<typeof encodeAddEscrowFields>[0] &
  Parameters<typeof encodeResetKeysFields>[0] & {
    readonly loginId: string;
    readonly keys: { readonly statement: Uint8Array; readonly signature: Uint8Array };
    readonly challenge: Uint8Array;
    readonly proof: Uint8Array;
    readonly signature: Uint8Array;
    readonly authKeySignature?: Uint8Array;
    readonly recoveryAuthKeySignature?: Uint8Array;
  };

function decoded(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body as object).map(([name, value]: [string, unknown]) => {
      if (typeof value === 'object') return [name, decoded(value)];
      return [name, typeof value === 'string' && !TEXTS.has(name) ? bytes(value) : value];
    }),
  );
}

const { userId } = exampleBodies()['register'] as { readonly userId: string };

function example(operation: string): Example {
  const body = decoded(exampleBodies()[operation]);
  const { keys, claimToken, escrow } = body as Record<string, Record<string, Uint8Array> | undefined>;
  return {
    userId,
    ...body,
    ...(keys === undefined ? {} : { keysHash: crypto.sha256(keys['statement'] as Uint8Array) }),
    ...(claimToken === undefined ? {} : { claimTokenHash: crypto.sha256(claimToken as unknown as Uint8Array) }),
    ...(escrow === undefined ? {} : { fingerprint: escrow['fingerprint'], escrowUnlock: escrow['unlock'] }),
  } as unknown as Example;
}

const { authPublicKey, recoveryAuthPublicKey } = example('register');

const PROOFS = [
  ['register', 'register', encodeRegisterFields, authPublicKey],
  ['changePassword', 'change-password', encodePasswordFields, authPublicKey],
  ['recoverAccount', 'recover', encodePasswordFields, recoveryAuthPublicKey],
  ['openRecovery', 'open-recovery', () => NO_FIELDS, recoveryAuthPublicKey],
  ['eraseAccount', 'delete-account', encodeDeleteAccountFields, authPublicKey],
  ['replaceRecoveryKey', 'replace-recovery', encodeRecoveryKeyFields, authPublicKey],
  ['addEscrow', 'add-escrow', encodeAddEscrowFields, authPublicKey],
  ['rekey', 'rekey', encodeRekeyFields, authPublicKey],
  ['resetKeys', 'reset-keys', encodeResetKeysFields, example('resetKeys').authPublicKey],
] as const;

describe('the bodies that the API description shows', () => {
  it.each(PROOFS)(
    'the bodies that the API description shows have proofs that hold: %s',
    (operation, action, encode, by) => {
      const body = example(operation);
      const { loginId, challenge, authKeySignature, recoveryAuthKeySignature } = body;
      const payloadHash = crypto.sha256(authPayloadBytes(action, encode(body)));
      const proof = { action, serviceId: SERVICE_ID, loginId, challenge, payloadHash };
      expect(crypto.verifyAuthProof(proof, by, body.proof)).toBe(true);
      for (const [key, signature] of [
        [body.authPublicKey, authKeySignature],
        [body.recoveryAuthPublicKey, recoveryAuthKeySignature],
      ] as const) {
        if (signature !== undefined) {
          expect(crypto.verifyNewAuthKey(key, challenge, payloadHash, signature)).toBe(true);
        }
      }
    },
  );

  it('the bodies that the API description shows have a log-in and a cancellation that hold', () => {
    const login = example('login');
    const { loginId, challenge, signature } = login;
    const proof = {
      action: 'login',
      serviceId: SERVICE_ID,
      loginId,
      challenge,
      payloadHash: new Uint8Array(32),
    } as const;
    expect(crypto.verifyAuthProof(proof, authPublicKey, signature)).toBe(true);
    const cancellation = example('cancelResets');
    const fields = encodeChallengeFields(cancellation.challenge);
    const cancelled = { action: 'cancel-resets', serviceId: SERVICE_ID, userId, fields } as const;
    const { signingPublicKey } = decodeKeyStatement(example('register').keys.statement);
    expect(crypto.verifySigningProof(cancelled, signingPublicKey, cancellation.proof)).toBe(true);
  });

  it.each([
    ['register', 1, false],
    ['rotateKeys', 2, false],
    ['rekey', 2, false],
    ['resetKeys', 3, true],
  ])(
    'the bodies that the API description shows have keys that hold, and bind the loginId to them: %s',
    (operation, version, recovery) => {
      const { keys, handleSignature } = example(operation);
      const { loginId } = example('register');
      const statement = decodeKeyStatement(keys.statement);
      expect([statement.userId, statement.version, statement.recovery]).toEqual([userId, version, recovery]);
      const handle = { serviceId: SERVICE_ID, loginId, userId, version };
      expect(crypto.verifyHandle(handle, handleSignature, statement.signingPublicKey)).toBe(true);
    },
  );

  it('the body of a registration that the API description shows has a statement that begins a chain', () => {
    const { keys } = example('register');
    const verdict = crypto.verifyKeyStatement(keys, { serviceId: SERVICE_ID, userId, previous: null, earlier: [] });
    expect(verdict.ok).toBe(true);
  });
});
