import { beforeAll, describe, expect, it } from '@jest/globals';

import { Party, SERVICE_ID } from '../../../../test/support/parties.js';
import { loadSodium } from '../crypto/sodium.js';
import { signHandle } from '../crypto/user-keys.js';
import { verifyHandle, type HandleAnswer } from './handles.js';

beforeAll(loadSodium);

const loginId = 'alice@example.org';

function answerOf(party: Party, version: number): HandleAnswer {
  const handle = { serviceId: SERVICE_ID, loginId, userId: party.userId, version };
  return {
    loginId,
    handleKeyVersion: version,
    handleSignature: signHandle(handle, party.keys(version).seeds.signSeed),
  };
}

const refusal = expect.objectContaining({ name: 'KeysRefused', code: 'contact.wrong-handle' });

describe('A handle', () => {
  it('a handle holds by the key of any version since the root: it is signed anew only when the loginId changes', () => {
    const alice = new Party();
    const answer = answerOf(alice, 1);
    alice.rotate().rotate();
    expect(() => {
      verifyHandle(alice.chain, answer);
      verifyHandle(alice.chain, answerOf(alice, 3));
    }).not.toThrow();
  });

  it('a handle does not hold by a key from before a recovery', () => {
    const alice = new Party().rotate({ recovery: true });
    expect(() => verifyHandle(alice.chain, answerOf(alice, 1))).toThrow(refusal);
    expect(() => verifyHandle(alice.chain, answerOf(alice, 2))).not.toThrow();
  });

  it('a handle does not hold for another loginId, another version, another user, or a version that does not exist', () => {
    const [alice, mallory] = [new Party().rotate(), new Party()];
    const answer = answerOf(alice, 1);
    for (const changed of [
      { ...answer, loginId: 'bob@example.org' },
      { ...answer, handleKeyVersion: 2 },
      { ...answer, handleKeyVersion: 3 },
      { ...answer, handleKeyVersion: 0 },
      { ...answer, handleSignature: new Uint8Array(64) },
      { ...answer, handleSignature: new Uint8Array(0) },
    ]) {
      expect(() => verifyHandle(alice.chain, changed)).toThrow(refusal);
    }
    expect(() => verifyHandle(mallory.chain, answer)).toThrow(refusal);
  });
});
