import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { Party, SERVICE_ID } from '../../../test/support/parties.js';
import { randomBytes, sha256, sign, statementPrimitives } from '../../client/src/crypto/primitives.js';
import { loadSodium } from '../../client/src/crypto/sodium.js';
import { verifyKeyStatement, type ChainContext, type SignedStatement, type VerifiedStatement } from './key-chain.js';
import { encodeKeyStatement, keysSignatureBytes, type KeyStatement } from './key-statement.js';

beforeAll(loadSodium);

let alice: Party;
let first: VerifiedStatement;
let second: VerifiedStatement;

beforeEach(() => {
  alice = new Party().rotate();
  [first, second] = alice.statements as [VerifiedStatement, VerifiedStatement];
});

const onTopOf = (previous: VerifiedStatement | null): ChainContext => ({
  serviceId: SERVICE_ID,
  userId: alice.userId,
  previous,
  earlier: previous === null ? [] : alice.statements.slice(0, previous.version),
});

/** Version 2 with a change, signed by both keys as an honest client would. */
function signedWith(change: Partial<KeyStatement>, signSeed = alice.keys(2).seeds.signSeed): SignedStatement {
  const statement = encodeKeyStatement({ ...second, ...change });
  const message = keysSignatureBytes(sha256(statement));
  return {
    statement,
    signature: sign(message, signSeed),
    previousSignature: sign(message, alice.keys(1).seeds.signSeed),
  };
}

function refusalOf(signed: SignedStatement, context = onTopOf(first)): unknown {
  const verdict = verifyKeyStatement(signed, context, statementPrimitives);
  return verdict.ok ? null : verdict.refusal;
}

describe('The next key statement of a user', () => {
  it('the next key statement of a user is accepted on top of the one before, with its hash', () => {
    const verdict = verifyKeyStatement(second, onTopOf(first), statementPrimitives);
    expect(verdict).toMatchObject({ ok: true, statement: { version: 2, keysHash: sha256(second.statement) } });
    expect(refusalOf(first, onTopOf(null))).toBeNull();
  });

  it('the next key statement of a user is accepted without the previous signature only with the recovery flag, and the flag only without it', () => {
    const { previousSignature, ...unsigned } = second;
    expect(refusalOf({ statement: unsigned.statement, signature: unsigned.signature })).toMatchObject({
      reason: 'recovery-flag',
    });
    expect(previousSignature).toBeDefined();
    expect(refusalOf(signedWith({ recovery: true }))).toMatchObject({ reason: 'recovery-flag' });
    const { statement, signature } = signedWith({ recovery: true });
    expect(refusalOf({ statement, signature })).toBeNull();
  });

  it('the next key statement of a user has no previous signature and no recovery flag at version 1', () => {
    const previousSignature = first.signature;
    expect(refusalOf({ ...first, previousSignature }, onTopOf(null))).toMatchObject({ reason: 'recovery-flag' });
    const statement = encodeKeyStatement({ ...first, recovery: true });
    const signature = sign(keysSignatureBytes(sha256(statement)), alice.keys(1).seeds.signSeed);
    expect(refusalOf({ statement, signature }, onTopOf(null))).toMatchObject({ reason: 'recovery-flag' });
  });

  it.each<[string, () => Partial<KeyStatement>, object]>([
    ['another service', () => ({ serviceId: 'other.example' }), { reason: 'wrong-service', member: 'serviceId' }],
    ['another user', () => ({ userId: new Party().userId }), { reason: 'wrong-user', member: 'userId' }],
    ['a version further on', () => ({ version: 3 }), { reason: 'wrong-version', member: 'version' }],
    ['the same version again', () => ({ version: 1 }), { reason: 'wrong-version', member: 'version' }],
    ['another predecessor', () => ({ previousKeysHash: randomBytes(32) }), { reason: 'wrong-previous-hash' }],
    ['no predecessor', () => ({ previousKeysHash: new Uint8Array(32) }), { reason: 'wrong-previous-hash' }],
    [
      'the time of the one before',
      () => ({ createdAt: first.createdAt }),
      { reason: 'not-later', member: 'createdAt' },
    ],
    [
      'an earlier signing key',
      () => ({ signingPublicKey: first.signingPublicKey }),
      { reason: 'reused-key', member: 'signingPublicKey' },
    ],
    [
      'an earlier box key',
      () => ({ boxPublicKey: first.boxPublicKey }),
      { reason: 'reused-key', member: 'boxPublicKey' },
    ],
    [
      'an earlier KEM key',
      () => ({ kemPublicKey: first.kemPublicKey }),
      { reason: 'reused-key', member: 'kemPublicKey' },
    ],
    [
      'a box key of low order',
      () => ({ boxPublicKey: new Uint8Array(32) }),
      { reason: 'invalid-key', member: 'boxPublicKey', cause: 'low-order' },
    ],
    [
      'a signing key of low order',
      () => ({ signingPublicKey: new Uint8Array(32) }),
      { reason: 'invalid-key', member: 'signingPublicKey', cause: 'low-order' },
    ],
    [
      'a signing key off the curve',
      () => ({ signingPublicKey: new Uint8Array(32).fill(0, 1).fill(2, 0, 1) }),
      { reason: 'invalid-key', cause: 'off-curve' },
    ],
    [
      'a KEM key that is none',
      () => ({ kemPublicKey: new Uint8Array(1216).fill(0xff) }),
      { reason: 'invalid-key', member: 'kemPublicKey' },
    ],
  ])('the next key statement of a user is refused with %s', (_what, change, refusal) => {
    expect(refusalOf(signedWith(change()))).toMatchObject({ field: 'statement', ...refusal });
  });

  it('the next key statement of a user is refused where version 1 names a predecessor', () => {
    const statement = encodeKeyStatement({ ...first, previousKeysHash: randomBytes(32) });
    const signature = sign(keysSignatureBytes(sha256(statement)), alice.keys(1).seeds.signSeed);
    expect(refusalOf({ statement, signature }, onTopOf(null))).toMatchObject({ reason: 'wrong-previous-hash' });
  });

  it('the next key statement of a user is refused where either signature is by somebody else, of something else, or of another length', () => {
    const stranger = new Party().keys().seeds.signSeed;
    const message = keysSignatureBytes(second.keysHash);
    const wrong = [
      sign(message, stranger),
      sign(second.keysHash, alice.keys(2).seeds.signSeed),
      new Uint8Array(64),
      new Uint8Array(63),
      new Uint8Array(0),
    ];
    for (const signature of wrong) {
      expect(refusalOf({ ...second, signature })).toMatchObject({ field: 'signature', reason: 'wrong-signature' });
      expect(refusalOf({ ...second, previousSignature: signature })).toMatchObject({
        field: 'previousSignature',
        reason: 'wrong-previous-signature',
      });
    }
  });

  it('the next key statement of a user is refused, not thrown at, where it is no statement at all', () => {
    for (const statement of [new Uint8Array(0), randomBytes(100), second.statement.slice(1)]) {
      expect(refusalOf({ ...second, statement })).toMatchObject({ field: 'statement', reason: 'malformed' });
    }
  });

  it('the check of key statements hides no mistake of the program: what is no refusal comes out', () => {
    const signed = { ...second, statement: undefined as never };
    expect(() => verifyKeyStatement(signed, onTopOf(first), statementPrimitives)).toThrow(TypeError);
  });

  it('the next key statement of a user costs no encapsulation and no signature where a cheap check refuses it', () => {
    const dear = { ...statementPrimitives };
    const fail = () => {
      throw new Error('too dear');
    };
    const primitives = { ...dear, verifySignature: fail, checkXWingPublicKey: fail, checkEd25519PublicKey: fail };
    const verdict = verifyKeyStatement(signedWith({ version: 9 }), onTopOf(first), primitives);
    expect(verdict).toMatchObject({ ok: false, refusal: { reason: 'wrong-version' } });
  });
});
