import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PairingAnswer, PairingContext, PairingOffer } from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { hpkeSealDeterministic } from './hpke.js';
import {
  generatePairingSecrets,
  isCommittedTo,
  isSignedHandover,
  openHandover,
  pairingCode,
  pairingCommitment,
  pairingTranscript,
  sealHandover,
} from './pairing.js';
import { signingPublicKey } from './primitives.js';
import { loadSodium, sodium } from './sodium.js';

const { context, device, approver, handover, sessionKey, ...example } = vectors.pairing;
const offer: PairingOffer = { kemPublicKey: fromHex(device.kemPublicKey), deviceNonce: fromHex(device.nonce) };
const answer: PairingAnswer = {
  approver: { ...approver, keysHash: fromHex(approver.keysHash) },
  approverNonce: fromHex(approver.nonce),
};
const commitment = fromHex(example.commitment);
const transcript = fromHex(example.transcript);
const blob = fromHex(example.blob);
const kemSeed = fromHex(device.kemSeed);
const signSeed = fromHex(approver.signSeed);
const content = {
  ...handover,
  vaultKey: fromHex(handover.vaultKey),
  rootHash: fromHex(handover.rootHash),
  accountSecret: fromHex(handover.accountSecret),
};
const refusal = expect.objectContaining({ name: 'CryptoRefused' });

beforeAll(loadSodium);

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

describe('The exchange of a new device', () => {
  it('the exchange of a new device is that of the fixed example', () => {
    expect(toHex(sodium().crypto_kem_xwing_seed_keypair(kemSeed).publicKey)).toBe(device.kemPublicKey);
    expect(toHex(pairingCommitment(context, offer))).toBe(example.commitment);
    expect(toHex(pairingTranscript(context, commitment, answer, offer))).toBe(example.transcript);
    expect(pairingCode(transcript)).toBe(example.code);
    const sealed = sealHandover(transcript, offer.kemPublicKey, content, signSeed, (key, info, plaintext) =>
      hpkeSealDeterministic(key, info, plaintext, fromHex(example.encapsulationSeed)),
    );
    expect(toHex(sealed)).toBe(example.blob);
    expect(openHandover(transcript, kemSeed, blob)).toEqual(content);
    expect(isSignedHandover(transcript, blob, signingPublicKey(signSeed))).toBe(true);
  });

  it('the exchange of a new device covers the session key of the new device, in what is committed to and in the code', () => {
    const bound = { ...offer, sessionKey: fromHex(sessionKey.thumbprint) };
    const committed = pairingCommitment(context, bound);
    expect(toHex(committed)).toBe(sessionKey.commitment);
    const said = pairingTranscript(context, committed, answer, bound);
    expect(toHex(said)).toBe(sessionKey.transcript);
    expect(pairingCode(said)).toBe(sessionKey.code);
    expect(isCommittedTo(committed, context, offer)).toBe(false);
    expect(isCommittedTo(commitment, context, bound)).toBe(false);
  });

  it('the exchange of a new device commits to every part of what is revealed, and to where and for whom it is', () => {
    expect(isCommittedTo(commitment, context, offer)).toBe(true);
    const contexts: PairingContext[] = [
      { ...context, serviceId: 'other.example' },
      { ...context, loginId: 'bob@example.org' },
      { ...context, requestId: '018f4e7e-7b7a-7c3e-9c5c-0000000000d2' },
      { ...context, deviceName: '' },
    ];
    for (const other of contexts) expect(isCommittedTo(commitment, other, offer)).toBe(false);
    const { offer: another } = generatePairingSecrets();
    expect(isCommittedTo(commitment, context, { ...offer, kemPublicKey: another.kemPublicKey })).toBe(false);
    expect(isCommittedTo(commitment, context, { ...offer, deviceNonce: another.deviceNonce })).toBe(false);
    expect(isCommittedTo(flipped(commitment, 0), context, offer)).toBe(false);
  });

  it('the exchange of a new device has another code where anything of it differs', () => {
    const { approver: keys, approverNonce } = answer;
    const codes = [
      pairingTranscript(context, commitment, answer, offer),
      pairingTranscript({ ...context, loginId: 'bob@example.org' }, commitment, answer, offer),
      pairingTranscript(context, flipped(commitment, 7), answer, offer),
      pairingTranscript(context, commitment, { approver: keys, approverNonce: flipped(approverNonce, 0) }, offer),
      pairingTranscript(context, commitment, { ...answer, approver: { ...keys, keyVersion: 1 } }, offer),
      pairingTranscript(context, commitment, { ...answer, approver: { ...keys, keysHash: commitment } }, offer),
      pairingTranscript(context, commitment, answer, { ...offer, deviceNonce: flipped(offer.deviceNonce, 0) }),
    ].map(pairingCode);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('the exchange of a new device refuses a handover that differs in one bit, or belongs to another exchange or key', () => {
    const publicKey = signingPublicKey(signSeed);
    // One bit of each byte: of an encapsulation every one costs a decapsulation.
    for (let byte = 0; byte < blob.length; byte++) {
      const changed = flipped(blob, byte * 8 + (byte % 8));
      const isOfSignature = byte >= blob.length - 64;
      if (isOfSignature) expect(isSignedHandover(transcript, changed, publicKey)).toBe(false);
      else expect(() => openHandover(transcript, kemSeed, changed)).toThrow(refusal);
      if (byte > 0 && !isOfSignature) expect(isSignedHandover(transcript, changed, publicKey)).toBe(false);
    }
    const later = flipped(transcript, 0);
    expect(() => openHandover(later, kemSeed, blob)).toThrow(refusal);
    expect(isSignedHandover(later, blob, publicKey)).toBe(false);
    expect(() => openHandover(transcript, generatePairingSecrets().kemSeed, blob)).toThrow(refusal);
    expect(isSignedHandover(transcript, blob, signingPublicKey(kemSeed))).toBe(false);
  });

  it('the exchange of a new device makes new keys and nonces for each request', () => {
    const [first, second] = [generatePairingSecrets(), generatePairingSecrets()];
    expect(toHex(first.offer.deviceNonce)).not.toBe(toHex(second.offer.deviceNonce));
    expect(toHex(first.kemSeed)).not.toBe(toHex(second.kemSeed));
    const { publicKey } = sodium().crypto_kem_xwing_seed_keypair(first.kemSeed);
    expect(toHex(publicKey)).toBe(toHex(first.offer.kemPublicKey));
  });
});
