import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { LENGTHS } from './limits.js';
import {
  decodeHandover,
  decodeSignedHandover,
  encodeHandover,
  encodeSignedHandover,
  formatPairingCode,
  pairingCodeBytes,
  pairingCodeDigits,
  pairingCommitmentBytes,
  pairingInfoBytes,
  pairingSignatureBytes,
  pairingTranscriptBytes,
} from './pairing.js';

const { context, device, approver, handover, ...example } = vectors.pairing;
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });
const offer = { kemPublicKey: fromHex(device.kemPublicKey), deviceNonce: fromHex(device.nonce) };
const answer = {
  approver: { ...approver, keysHash: fromHex(approver.keysHash) },
  approverNonce: fromHex(approver.nonce),
};
const transcript = fromHex(example.transcript);
const content = {
  ...handover,
  vaultKey: fromHex(handover.vaultKey),
  rootHash: fromHex(handover.rootHash),
  accountSecret: fromHex(handover.accountSecret),
};

/** The bytes made by hand, with nothing of what is tested. */
const lp = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
const tagged = (tag: string, ...parts: readonly Buffer[]): string =>
  Buffer.concat([Buffer.from(`sealpost/${tag}\0`), ...parts]).toString('hex');
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const uuid = (text: string): Buffer => hex(text.replaceAll('-', ''));
const spoken = [
  lp(Buffer.from(context.serviceId)),
  lp(Buffer.from(context.loginId)),
  uuid(context.requestId),
  lp(Buffer.from(context.deviceName)),
];
const revealed = [lp(hex(device.kemPublicKey)), hex(device.nonce)];

describe('The exchange of a new device', () => {
  it('the exchange of a new device has the commitment of the fixed example', () => {
    expect(example.commitmentBytes).toBe(tagged('pair/commit/v1', ...spoken, ...revealed));
    expect(toHex(pairingCommitmentBytes(context, offer))).toBe(example.commitmentBytes);
    expect(toHex(sha256(fromHex(example.commitmentBytes)))).toBe(example.commitment);
  });

  it('the exchange of a new device has its transcript', () => {
    const answered = [uuid(approver.userId), hex('00000002'), hex(approver.keysHash), hex(approver.nonce)];
    expect(example.transcriptBytes).toBe(
      tagged('pair/v1', ...spoken, hex(example.commitment), ...answered, ...revealed),
    );
    const bytes = pairingTranscriptBytes(context, fromHex(example.commitment), answer, offer);
    expect(toHex(bytes)).toBe(example.transcriptBytes);
    expect(toHex(sha256(bytes))).toBe(example.transcript);
  });

  it('the exchange of a new device has its code: eight bytes of the hash, modulo 10^8', () => {
    const hash = sha256(pairingCodeBytes(transcript));
    expect(toHex(hash)).toBe(example.codeHash);
    const digits = String(BigInt(`0x${example.codeHash.slice(0, 16)}`) % 100_000_000n).padStart(8, '0');
    expect(formatPairingCode(hash)).toBe(`${digits.slice(0, 4)} ${digits.slice(4)}`);
    expect(formatPairingCode(hash)).toBe(example.code);
  });

  it('the exchange of a new device has a code with leading zeros, of any view of memory, and of nothing but a SHA-256', () => {
    expect(formatPairingCode(new Uint8Array(32))).toBe('0000 0000');
    // 2^64 − 1 = 18446744073709551615
    expect(formatPairingCode(new Uint8Array(40).fill(0xff).subarray(8))).toBe('0955 1615');
    expect(() => formatPairingCode(new Uint8Array(64))).toThrow(refusal('wrong-length'));
  });

  it('the exchange of a new device takes a code as people type it, and nothing else for one', () => {
    expect(['1234 5678', '12345678', ' 1234-5678\n'].map(pairingCodeDigits)).toEqual(Array(3).fill('12345678'));
    const others = ['', '1234567', '123456789', '1234 567a', '１２３４５６７８'];
    expect(others.map(pairingCodeDigits)).toEqual(others.map(() => null));
  });

  it('the exchange of a new device has its info and its handover', () => {
    expect(toHex(pairingInfoBytes(transcript))).toBe(example.info);
    expect(toHex(encodeHandover(content))).toBe(example.plaintext);
    expect(decodeHandover(fromHex(example.plaintext))).toEqual(content);
    const { vaultKey, rootHash, suite, vaultVersion } = content;
    const without = { vaultKey, rootHash, suite, vaultVersion };
    expect(toHex(encodeHandover(without))).toBe(example.plaintextWithoutSecret);
    expect(decodeHandover(fromHex(example.plaintextWithoutSecret))).toEqual(without);
  });

  it('the exchange of a new device has the same length with and without an account secret', () => {
    expect(example.plaintext).toHaveLength(example.plaintextWithoutSecret.length);
    expect(fromHex(example.plaintext)).toHaveLength(LENGTHS.pairingCiphertext - LENGTHS.aeadTag);
    expect(fromHex(example.blob)).toHaveLength(LENGTHS.handover);
  });

  it('the exchange of a new device refuses a handover at every truncation, at a byte too many, and in another format', () => {
    expectExactDecoder(fromHex(example.plaintext), decodeHandover);
    expectExactDecoder(fromHex(example.blob), decodeSignedHandover);
    const format2 = (bytes: Uint8Array): Uint8Array => Uint8Array.of(2, ...bytes.slice(1));
    expect(() => decodeHandover(format2(fromHex(example.plaintext)))).toThrow(refusal('wrong-format'));
    expect(() => decodeSignedHandover(format2(fromHex(example.blob)))).toThrow(refusal('wrong-format'));
    const flag = fromHex(example.plaintext);
    flag[70] = 2;
    expect(() => decodeHandover(flag)).toThrow(refusal('out-of-range'));
  });

  it('the exchange of a new device signs the transcript and the whole ciphertext', () => {
    const signed = decodeSignedHandover(fromHex(example.blob));
    expect(toHex(encodeSignedHandover(signed))).toBe(example.blob);
    const carried = hex(example.blob.slice(2, 2 + 2 * (LENGTHS.kemCiphertext + LENGTHS.pairingCiphertext)));
    expect(toHex(pairingSignatureBytes(transcript, signed))).toBe(
      tagged('pair/sig/v1', hex(example.transcript), carried),
    );
  });

  it('the exchange of a new device has parts of fixed lengths', () => {
    expect(() => pairingCommitmentBytes(context, { ...offer, kemPublicKey: new Uint8Array(32) })).toThrow(
      refusal('wrong-length'),
    );
    expect(() =>
      pairingTranscriptBytes(context, transcript, { ...answer, approverNonce: transcript.slice(1) }, offer),
    ).toThrow(refusal('wrong-length'));
    expect(() => encodeHandover({ ...content, accountSecret: new Uint8Array(31) })).toThrow(refusal('wrong-length'));
  });
});
