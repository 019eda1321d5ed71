import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  encodeKeyStatement,
  keysSignatureBytes,
  type SignedStatement,
  type VerifiedStatement,
} from '@sealpost/protocol';

import { Party, SERVICE_ID } from '../../../../test/support/parties.js';
import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { sha256, sign } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { makeStatement } from '../crypto/user-keys.js';
import {
  acceptRoot,
  extendChain,
  isBlocked,
  isCompromised,
  newestOf,
  rootOf,
  statementAt,
  verifyChain,
  wasRecovered,
} from './chain.js';
import { chainOfPin, pinOfChain } from './chain-pin.js';

beforeAll(loadSodium);

const refusal = (reason: string, more: object = {}) =>
  expect.objectContaining({ name: 'KeysRefused', code: `contact.${reason}`, ...more });

function exampleStatements(): SignedStatement[] {
  return vectors.statements.statements.map(({ bytes, signature, previousSignature }) => ({
    statement: fromHex(bytes),
    signature: fromHex(signature),
    ...(previousSignature === null ? {} : { previousSignature: fromHex(previousSignature) }),
  }));
}

/** A fork: version 1 of the chain, and another version 2 on top of it by the same keys. */
function forkOf(party: Party): readonly VerifiedStatement[] {
  const previous = party.keys(1);
  const second = makeStatement({
    serviceId: SERVICE_ID,
    userId: party.userId,
    seeds: new Party().keys().seeds,
    previous,
    previousSignSeed: previous.seeds.signSeed,
    now: previous.createdAt + 1000,
  });
  return [previous, second];
}

describe('The fixed examples of key statements', () => {
  it('the fixed examples of key statements are a chain whose root is version 3, for lack of a previous signature', () => {
    const chain = verifyChain(vectors.statements, exampleStatements());
    expect(chain.statements.map(({ keysHash }) => toHex(keysHash))).toEqual(
      vectors.statements.statements.map(({ hash }) => hash),
    );
    expect(rootOf(chain).version).toBe(3);
    expect(newestOf(chain)).toMatchObject({ recovery: true, earlierKeysCompromised: true });
    expect([1, 2, 3].map((version) => isCompromised(chain, version))).toEqual([true, true, false]);
  });

  it('the fixed examples of key statements refuse every change of a bit', () => {
    const [first] = exampleStatements();
    if (first === undefined) throw new Error('no example');
    for (const member of ['statement', 'signature'] as const) {
      for (let bit = 0; bit < first[member].length * 8; bit += member === 'signature' ? 1 : 3) {
        const changed = first[member].slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => verifyChain(vectors.statements, [{ ...first, [member]: changed }])).toThrow(
          expect.objectContaining({ name: 'KeysRefused' }),
        );
      }
    }
  });
});

describe('A chain at first sight', () => {
  it('a chain at first sight verifies through rotations and a recovery, without a warning: nothing was known before', () => {
    const alice = new Party().rotate().rotate({ recovery: true }).rotate();
    const chain = alice.chain;
    expect(chain.statements).toHaveLength(4);
    expect(rootOf(chain).version).toBe(3);
    expect(isBlocked(chain)).toBe(false);
    expect(statementAt(chain, 5)).toBeUndefined();
  });

  it('a chain at first sight is refused where it does not begin with version 1, or is empty', () => {
    const alice = new Party().rotate();
    expect(() => verifyChain(alice.chain, alice.statements.slice(1))).toThrow(refusal('incomplete', { version: 2 }));
    expect(() => verifyChain(alice.chain, [])).toThrow(refusal('incomplete'));
  });

  it('a chain at first sight is refused where a version is missing between', () => {
    const alice = new Party().rotate().rotate();
    const gap = alice.statements.filter(({ version }) => version !== 2);
    expect(() => verifyChain(alice.chain, gap)).toThrow(refusal('incomplete', { version: 3 }));
  });

  it('a chain at first sight is refused for another user, another service, and with the statement of another user inside', () => {
    const [alice, bob] = [new Party().rotate(), new Party().rotate()];
    const wrongUser = { refusal: expect.objectContaining({ reason: 'wrong-user' }) };
    expect(() => verifyChain({ ...alice.chain, userId: bob.userId }, alice.statements)).toThrow(
      refusal('statement-refused', wrongUser),
    );
    expect(() => verifyChain({ ...alice.chain, serviceId: 'other.example' }, alice.statements)).toThrow(
      refusal('statement-refused', { refusal: expect.objectContaining({ reason: 'wrong-service' }) }),
    );
    const mixed = [...alice.statements.slice(0, 1), ...bob.statements.slice(1)];
    expect(() => verifyChain(alice.chain, mixed)).toThrow(refusal('statement-refused', wrongUser));
  });

  it('a chain at first sight is refused where a statement is not signed by the version before, also before the root', () => {
    const alice = new Party().rotate().rotate({ recovery: true });
    const [first, second, third] = alice.statements;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three versions');
    const unsigned = { statement: second.statement, signature: second.signature };
    expect(() => verifyChain(alice.chain, [first, unsigned, third])).toThrow(
      refusal('statement-refused', { version: 2, refusal: expect.objectContaining({ reason: 'recovery-flag' }) }),
    );
    const stranger = { ...second, previousSignature: sign(keysSignatureBytes(second.keysHash), new Uint8Array(32)) };
    expect(() => verifyChain(alice.chain, [first, stranger, third])).toThrow(
      refusal('statement-refused', { refusal: expect.objectContaining({ reason: 'wrong-previous-signature' }) }),
    );
  });

  it('a chain at first sight is refused where a key comes back', () => {
    const alice = new Party().rotate();
    const previous = newestOf(alice.chain);
    const old = alice.keys(1);
    const back = makeStatement({
      serviceId: SERVICE_ID,
      userId: alice.userId,
      seeds: { ...alice.keys(2).seeds, signSeed: old.seeds.signSeed },
      previous,
      previousSignSeed: alice.keys(2).seeds.signSeed,
      now: previous.createdAt + 1,
    });
    expect(() => extendChain(alice.chain, [back])).toThrow(
      refusal('statement-refused', { refusal: expect.objectContaining({ reason: 'reused-key' }) }),
    );
  });

  it('a chain at first sight is refused where a statement is no later than the one before', () => {
    const alice = new Party();
    const previous = newestOf(alice.chain);
    const { seeds, ...later } = new Party().keys();
    const bytes = encodeKeyStatement({
      ...later,
      userId: alice.userId,
      version: 2,
      previousKeysHash: previous.keysHash,
      createdAt: previous.createdAt,
    });
    const message = keysSignatureBytes(sha256(bytes));
    const signed = {
      statement: bytes,
      signature: sign(message, seeds.signSeed),
      previousSignature: sign(message, alice.keys(1).seeds.signSeed),
    };
    expect(() => extendChain(alice.chain, [signed])).toThrow(
      refusal('statement-refused', { refusal: expect.objectContaining({ reason: 'not-later' }) }),
    );
  });
});

describe('A pinned chain', () => {
  it('a pinned chain stays the same object where the server shows nothing new, whole or in part', () => {
    const alice = new Party().rotate().rotate();
    const pinned = alice.chain;
    expect(extendChain(pinned, alice.statements, { complete: true })).toBe(pinned);
    expect(extendChain(pinned, alice.statements.slice(2), { complete: true })).toBe(pinned);
    expect(extendChain(pinned, alice.statements.slice(0, 1))).toBe(pinned);
  });

  it('a pinned chain grows by new versions, with or without what is known already', () => {
    const alice = new Party();
    const pinned = alice.chain;
    alice.rotate().rotate();
    expect(newestOf(extendChain(pinned, alice.statements)).version).toBe(3);
    expect(newestOf(extendChain(pinned, alice.statements.slice(1), { complete: true })).version).toBe(3);
    expect(() => extendChain(pinned, alice.statements.slice(2))).toThrow(refusal('incomplete', { version: 3 }));
  });

  it('a pinned chain refuses a rollback: the newest that the server shows is older than what was seen', () => {
    const alice = new Party();
    const old = alice.statements;
    alice.rotate();
    expect(() => extendChain(alice.chain, old, { complete: true })).toThrow(refusal('rollback', { version: 1 }));
    expect(() => extendChain(alice.chain, [], { complete: true })).toThrow(refusal('rollback'));
  });

  it('a pinned chain refuses a fork: another statement at a version that was seen', () => {
    const alice = new Party().rotate();
    const fork = forkOf(alice);
    expect(newestOf(verifyChain(alice.chain, fork)).version).toBe(2);
    expect(() => extendChain(alice.chain, fork)).toThrow(refusal('fork', { version: 2 }));
    expect(() => extendChain(alice.chain, fork.slice(1), { complete: true })).toThrow(refusal('fork'));
  });

  it('a pinned chain blocks at a recovery until the user accepts the new root', () => {
    const alice = new Party();
    const pinned = alice.chain;
    alice.rotate().rotate({ recovery: true }).rotate();
    const extended = extendChain(pinned, alice.statements);
    expect(isBlocked(extended)).toBe(true);
    expect(isBlocked(extendChain(extended, alice.rotate().statements))).toBe(true);
    const accepted = acceptRoot(extended);
    expect(isBlocked(accepted)).toBe(false);
    expect(rootOf(accepted).version).toBe(3);
    expect(isBlocked(extendChain(accepted, alice.rotate({ recovery: true }).statements))).toBe(true);
  });

  it('a pinned chain blocks at a declaration of compromise, too: whoever has the old key can have made it', () => {
    const alice = new Party();
    const pinned = alice.chain;
    const extended = extendChain(pinned, alice.rotate({ earlierKeysCompromised: true }).statements);
    expect(rootOf(extended).version).toBe(2);
    expect([isBlocked(extended), wasRecovered(extended)]).toEqual([true, false]);
    expect(isBlocked(acceptRoot(extended))).toBe(false);
    // A recovery does not become milder by what is put on top of it.
    const both = alice.rotate({ recovery: true }).rotate({ earlierKeysCompromised: true });
    expect(wasRecovered(extendChain(pinned, both.statements))).toBe(true);
  });

  it('a pinned chain does not block at an ordinary rotation', () => {
    const alice = new Party();
    const pinned = alice.chain;
    expect(isBlocked(extendChain(pinned, alice.rotate().statements))).toBe(false);
  });

  it('a pinned chain refuses bytes that are no statement', () => {
    const alice = new Party();
    const nonsense = { statement: new Uint8Array(10), signature: new Uint8Array(64) };
    expect(() => extendChain(alice.chain, [nonsense])).toThrow(
      refusal('statement-refused', { refusal: expect.objectContaining({ reason: 'malformed' }) }),
    );
  });

  it('a pinned chain goes through JSON and back', () => {
    const alice = new Party().rotate().rotate({ recovery: true });
    const chain = alice.chain;
    expect(chainOfPin(JSON.parse(JSON.stringify(pinOfChain(chain))) as ReturnType<typeof pinOfChain>)).toEqual(chain);
  });

  it('a pinned chain does not come from a pin of another user, of another service, with a hole, or of nothing', () => {
    const pin = pinOfChain(new Party().rotate().chain);
    for (const damaged of [
      { ...pin, userId: new Party().userId },
      { ...pin, serviceId: 'other.example' },
      { ...pin, statements: pin.statements.slice(1) },
      { ...pin, statements: [] },
    ]) {
      expect(() => chainOfPin(damaged)).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
    }
  });
});

describe('Compromise', () => {
  it('compromise reaches back from the version that declares it, and no further forward', () => {
    const alice = new Party().rotate().rotate({ earlierKeysCompromised: true }).rotate();
    expect([1, 2, 3, 4].map((version) => isCompromised(alice.chain, version))).toEqual([true, true, false, false]);
  });
});
