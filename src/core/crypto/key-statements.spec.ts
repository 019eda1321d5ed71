import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import {
  decodeKeyStatement,
  encodeKeyStatement,
  keysSignatureBytes,
  type ChainContext,
  type KeyStatement,
  type SignedStatement,
  type StatementRefusal,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { fromHex, readVectors, toHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

interface KeysVectors {
  readonly serviceId: string;
  readonly userId: string;
  readonly handle: { readonly loginId: string; readonly version: number; readonly signature: string };
  readonly statements: readonly {
    readonly keys: Readonly<Record<'signSeed' | 'signingPublicKey', string>>;
    readonly bytes: string;
    readonly hash: string;
    readonly signature: string;
    readonly previousSignature: string | null;
  }[];
}

const vectors = readVectors('keys') as KeysVectors;
const { serviceId, userId } = vectors;

const signed: SignedStatement[] = vectors.statements.map(({ bytes, signature, previousSignature }) => ({
  statement: fromHex(bytes),
  signature: fromHex(signature),
  ...(previousSignature === null ? {} : { previousSignature: fromHex(previousSignature) }),
}));
const [first, second, third] = signed as [SignedStatement, SignedStatement, SignedStatement];

let crypto: SodiumCryptoService;

/** The chain of the examples, verified one by one. */
let chain: readonly [VerifiedStatement, VerifiedStatement, VerifiedStatement];

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
  const one = accept(first, { serviceId, userId, previous: null, earlier: [] });
  const two = accept(second, { serviceId, userId, previous: one, earlier: [one] });
  chain = [one, two, accept(third, { serviceId, userId, previous: two, earlier: [one, two] })];
});

function accept(statement: SignedStatement, context: ChainContext): VerifiedStatement {
  const verdict = crypto.verifyKeyStatement(statement, context);
  if (!verdict.ok) throw new Error(`Refused: ${JSON.stringify(verdict.refusal)}`);
  return verdict.statement;
}

/** The second example, changed and signed again by both keys unless told otherwise. */
function altered(
  change: Partial<KeyStatement>,
  signers: { own?: string; previous?: string | null } = {},
): SignedStatement {
  const statement = encodeKeyStatement({ ...decodeKeyStatement(second.statement), ...change });
  const message = keysSignatureBytes(crypto.sha256(statement));
  const sign = (seed: string): Uint8Array =>
    sodium.crypto_sign_detached(message, sodium.crypto_sign_seed_keypair(fromHex(seed)).privateKey);
  const seedOf = (index: number): string => vectors.statements[index]?.keys.signSeed ?? '';
  const { own = seedOf(1), previous = seedOf(0) } = signers;
  return { statement, signature: sign(own), ...(previous === null ? {} : { previousSignature: sign(previous) }) };
}

function refusalOf(statement: SignedStatement, context?: Partial<ChainContext>): StatementRefusal | null {
  const [one] = chain;
  const verdict = crypto.verifyKeyStatement(statement, {
    serviceId,
    userId,
    previous: one,
    earlier: [one],
    ...context,
  });
  return verdict.ok ? null : verdict.refusal;
}

describe('key statements', () => {
  it('the check of key statements accepts the chain of the examples, with their hashes', () => {
    expect(chain.map(({ keysHash }) => toHex(keysHash))).toEqual(vectors.statements.map(({ hash }) => hash));
  });

  it('the check of key statements accepts a statement that was signed anew, so that refusals below are for what was changed', () => {
    expect(refusalOf(altered({}))).toBeNull();
  });

  const zeros = new Uint8Array(32);
  const member = (name: string): { field: 'statement'; member: string } => ({ field: 'statement', member: name });

  it.each<[string, () => SignedStatement, StatementRefusal]>([
    ['another service', () => altered({ serviceId: 'b' }), { ...member('serviceId'), reason: 'wrong-service' }],
    [
      'another user',
      () => altered({ userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000b' }),
      { ...member('userId'), reason: 'wrong-user' },
    ],
    ['a gap', () => altered({ version: 3 }), { ...member('version'), reason: 'wrong-version' }],
    ['the same version', () => altered({ version: 1 }), { ...member('version'), reason: 'wrong-version' }],
    [
      'another predecessor',
      () => altered({ previousKeysHash: zeros }),
      { ...member('previousKeysHash'), reason: 'wrong-previous-hash' },
    ],
    ['a flag without its cause', () => altered({ recovery: true }), { ...member('flags'), reason: 'recovery-flag' }],
    [
      'no flag and no signature',
      () => altered({}, { previous: null }),
      { ...member('flags'), reason: 'recovery-flag' },
    ],
    ['an earlier time', () => altered({ createdAt: 1 }), { ...member('createdAt'), reason: 'not-later' }],
    [
      'the same time',
      () => altered({ createdAt: decodeKeyStatement(first.statement).createdAt }),
      { ...member('createdAt'), reason: 'not-later' },
    ],
    [
      'a box key of low order',
      () => altered({ boxPublicKey: zeros }),
      { ...member('boxPublicKey'), reason: 'invalid-key', cause: 'low-order' },
    ],
    [
      'a signing key off the curve',
      () => altered({ signingPublicKey: zeros.map((_, index) => (index === 0 ? 2 : 0)) }),
      { ...member('signingPublicKey'), reason: 'invalid-key', cause: 'off-curve' },
    ],
    [
      'a KEM key that encapsulates nothing',
      () =>
        altered({ kemPublicKey: Uint8Array.from({ length: 1216 }, (_, index) => (index < 1184 ? 0xff : index % 7)) }),
      { ...member('kemPublicKey'), reason: 'invalid-key', cause: 'encapsulation-failed' },
    ],
    [
      'a signature by another key',
      () => altered({}, { own: '11'.repeat(32) }),
      { field: 'signature', reason: 'wrong-signature' },
    ],
    [
      'a previous signature by another key',
      () => altered({}, { previous: '11'.repeat(32) }),
      { field: 'previousSignature', reason: 'wrong-previous-signature' },
    ],
  ])('the check of key statements refuses %s', (_, statement, refusal) => {
    expect(refusalOf(statement())).toEqual(refusal);
  });

  it.each(['signingPublicKey', 'boxPublicKey', 'kemPublicKey'] as const)(
    'the check of key statements refuses a %s of an earlier version',
    (name) => {
      const [one] = chain;
      expect(refusalOf(altered({ [name]: one[name] }))).toEqual({ ...member(name), reason: 'reused-key' });
    },
  );

  it('the check of key statements refuses a previous signature under version 1', () => {
    const refusal = refusalOf({ ...first, previousSignature: first.signature }, { previous: null, earlier: [] });
    expect(refusal).toEqual({ ...member('flags'), reason: 'recovery-flag' });
  });

  it('the check of key statements refuses every truncation and every byte too many', () => {
    for (let length = 0; length < second.statement.length; length++) {
      const refusal = refusalOf({ ...second, statement: second.statement.subarray(0, length) });
      expect([length, refusal?.reason]).toEqual([length, 'malformed']);
    }
    const longer = refusalOf({ ...second, statement: Uint8Array.of(...second.statement, 0) });
    expect(longer).toMatchObject({ reason: 'malformed', cause: 'trailing-bytes' });
  });

  it('the check of key statements refuses a change of any byte of the statement', () => {
    for (let index = 0; index < second.statement.length; index++) {
      const statement = second.statement.map((byte, at) => (at === index ? byte ^ 0x01 : byte));
      expect([index, refusalOf({ ...second, statement }) === null]).toEqual([index, false]);
    }
  });

  it.each(['signature', 'previousSignature'] as const)(
    'the check of key statements refuses a change of any byte of the %s, and another length',
    (name) => {
      const signature = second[name] ?? new Uint8Array();
      for (let index = 0; index < signature.length; index++) {
        const changed = signature.map((byte, at) => (at === index ? byte ^ 0x01 : byte));
        expect(refusalOf({ ...second, [name]: changed })?.field).toBe(name);
      }
      expect(refusalOf({ ...second, [name]: signature.subarray(1) })?.field).toBe(name);
      expect(refusalOf({ ...second, [name]: Uint8Array.of(...signature, 0) })?.field).toBe(name);
    },
  );
});

describe('handle signatures', () => {
  const handle = { serviceId, userId, loginId: vectors.handle.loginId, version: vectors.handle.version };
  const signature = fromHex(vectors.handle.signature);
  const publicKey = fromHex(vectors.statements[1]?.keys.signingPublicKey ?? '');

  it('the check of handle signatures accepts the example, and no other handle, key or signature', () => {
    expect(crypto.verifyHandle(handle, signature, publicKey)).toBe(true);
    expect(crypto.verifyHandle({ ...handle, loginId: 'alice@example.com' }, signature, publicKey)).toBe(false);
    expect(crypto.verifyHandle({ ...handle, serviceId: 'msg.example2' }, signature, publicKey)).toBe(false);
    expect(crypto.verifyHandle({ ...handle, version: 1 }, signature, publicKey)).toBe(false);
    expect(crypto.verifyHandle({ ...handle, userId: 'no-uuid' }, signature, publicKey)).toBe(false);
    expect(crypto.verifyHandle(handle, signature.subarray(1), publicKey)).toBe(false);
    expect(crypto.verifyHandle(handle, signature.toReversed(), publicKey)).toBe(false);
    expect(crypto.verifyHandle(handle, signature, publicKey.toReversed())).toBe(false);
  });
});
