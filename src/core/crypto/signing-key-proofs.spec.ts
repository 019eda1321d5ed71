import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import type { PairingExchange, SigningAction, SigningProof } from '@sealpost/protocol';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

let crypto: SodiumCryptoService;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});

const publicKeyOf = (seed: string): Uint8Array => sodium.crypto_sign_seed_keypair(fromHex(seed)).publicKey;
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte));

describe('proofs of a signing key', () => {
  const { signSeed, proofs } = vectors.auth.signing;
  const { userId } = vectors.statements;

  it.each(proofs)(
    'the check of signing-key proofs accepts the example of $action, and nothing that differs from it',
    (example) => {
      const [publicKey, signature] = [publicKeyOf(signSeed), fromHex(example.signature)];
      const action = example.action as SigningAction;
      const proof: SigningProof = { action, serviceId: 'msg.example', userId, fields: fromHex(example.fields) };
      expect(crypto.verifySigningProof(proof, publicKey, signature)).toBe(true);
      const others: Partial<SigningProof>[] = [
        { action: action === 'block' ? 'unblock' : 'block' },
        { serviceId: 'other.example' },
        { userId: vectors.message.parties.bob.userId },
        { userId: 'nobody' },
        { fields: flipped(proof.fields) },
      ];
      for (const other of others) {
        expect(crypto.verifySigningProof({ ...proof, ...other }, publicKey, signature)).toBe(false);
      }
      expect(crypto.verifySigningProof(proof, publicKey, flipped(signature))).toBe(false);
      expect(crypto.verifySigningProof(proof, publicKeyOf('00'.repeat(32)), signature)).toBe(false);
    },
  );

  it('the check of proofs hides no mistake of the program: only what is no proof is refused', () => {
    const [key, bytes] = [publicKeyOf(signSeed), new Uint8Array(32)];
    expect(crypto.verifyNewAuthKey(key, bytes.subarray(1), bytes, new Uint8Array(64))).toBe(false);
    expect(() => crypto.verifyNewAuthKey(key, undefined as never, bytes, new Uint8Array(64))).toThrow(TypeError);
  });
});

describe('the exchange of a new device', () => {
  const { context, device, approver, ...example } = vectors.pairing;
  const offer = { kemPublicKey: fromHex(device.kemPublicKey), deviceNonce: fromHex(device.nonce) };
  const commitment = fromHex(example.commitment);
  const answer = {
    approver: { ...approver, keysHash: fromHex(approver.keysHash) },
    approverNonce: fromHex(approver.nonce),
  };
  const exchange: PairingExchange = { context, commitment, answer, offer };

  it('a new device may only reveal the offer that it has committed to', () => {
    expect(crypto.verifyPairingOffer(commitment, context, offer)).toBe(true);
    expect(crypto.verifyPairingOffer(flipped(commitment), context, offer)).toBe(false);
    expect(crypto.verifyPairingOffer(commitment, { ...context, loginId: 'bob' }, offer)).toBe(false);
    for (const deviceNonce of [flipped(offer.deviceNonce), offer.deviceNonce.subarray(1)]) {
      expect(crypto.verifyPairingOffer(commitment, context, { ...offer, deviceNonce })).toBe(false);
    }
  });

  it('a handover is accepted where the approver has signed it in this exchange', () => {
    const [handover, publicKey] = [fromHex(example.blob), publicKeyOf(approver.signSeed)];
    expect(crypto.verifyHandover(exchange, handover, publicKey)).toBe(true);
    expect(crypto.verifyHandover(exchange, handover, publicKeyOf('00'.repeat(32)))).toBe(false);
    for (const other of [flipped(handover), handover.subarray(1), Uint8Array.of(...handover, 0)]) {
      expect(crypto.verifyHandover(exchange, other, publicKey)).toBe(false);
    }
    const elsewhere = { ...exchange, commitment: flipped(commitment) };
    expect(crypto.verifyHandover(elsewhere, handover, publicKey)).toBe(false);
    expect(crypto.verifyHandover({ ...exchange, commitment: new Uint8Array(1) }, handover, publicKey)).toBe(false);
  });
});
