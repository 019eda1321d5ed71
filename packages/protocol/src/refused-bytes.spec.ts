import { describe, expect, it } from '@jest/globals';

import {
  boxMessage,
  bytes,
  envelope,
  faultOf,
  handover,
  message,
  sealed,
  seeds,
  slot,
  statement,
} from '../../../test/support/protocol-examples.js';
import { decodeBoxMessage, encodeBoxMessage } from './box.js';
import { fromUtf8, utf8 } from './bytes.js';
import { decodeEnvelope, encodeEnvelope } from './envelope.js';
import { ProtocolError } from './errors.js';
import { decodeEscrowUnlock, encodeEscrowUnlock } from './escrow.js';
import { decodeKeyStatement, encodeKeyStatement } from './key-statement.js';
import { LIMITS } from './limits.js';
import { decodeHandover, decodeSignedHandover, encodeHandover, encodeSignedHandover } from './pairing.js';
import { decodeInner, decodeSignedMessage, encodeInner, encodeSignedMessage } from './signed-message.js';
import { uuidFromBytes, uuidToBytes, uuidV7 } from './uuid.js';
import {
  decodeCommittedBlob,
  decodeVaultContent,
  encodeCommittedBlob,
  encodeVaultContent,
  type VaultContent,
  type VaultRecord,
} from './vault.js';

/** A refusal names the member at fault in the protocol's terms: problems of the server and errors of the SDK say it. */
const patched = (whole: Uint8Array, at: number, value: number): Uint8Array =>
  Uint8Array.from(whole, (byte, index) => (index === at ? value : byte));

describe('Bytes that are not of the form', () => {
  /** What is named as more and more of the bytes is there. */
  function namedOnTheWay(whole: Uint8Array, decode: (part: Uint8Array) => unknown): string[] {
    const names = Array.from(whole, (_, length) => faultOf(() => decode(whole.slice(0, length))).split(':')[0] ?? '');
    return names.filter((name, index) => name !== names[index - 1]);
  }

  const tbs = encodeSignedMessage(message);

  it.each<[string, Uint8Array, (part: Uint8Array) => unknown, string]>([
    [
      'an envelope',
      encodeEnvelope(envelope),
      decodeEnvelope,
      'format suite messageId conversationId nonce commit slots kid enc wrappedKey body',
    ],
    [
      'a key statement',
      encodeKeyStatement(statement),
      decodeKeyStatement,
      'statement serviceId userId version signingPublicKey boxPublicKey kemPublicKey createdAt flags previousKeysHash entries',
    ],
    [
      'what is signed',
      tbs,
      decodeSignedMessage,
      'message version messageId conversationId sender streamId seq prevHash dependencies sentAt recipients commit ' +
        'contentType content',
    ],
    ['the padded plaintext', encodeInner(bytes(64), tbs, message), decodeInner, 'signature message padding'],
    [
      'the plaintext of a box',
      encodeBoxMessage({ ...boxMessage, content: bytes(0) }),
      (part) => decodeBoxMessage(part, 'box'),
      'message suite messageId conversationId sender recipient contentType',
    ],
    [
      'a vault',
      encodeVaultContent({ keys: [seeds], records: [{ type: 1, value: bytes(2) }] }),
      decodeVaultContent,
      'format keys version signSeed boxSeed kemSeed records',
    ],
    [
      'a committed blob',
      encodeCommittedBlob({ nonce: bytes(24), commit: bytes(32), ciphertext: bytes(16) }),
      (part) => decodeCommittedBlob(part, 'unlock'),
      'unlock',
    ],
    [
      'an escrow unlock',
      encodeEscrowUnlock({ enc: bytes(1120), ciphertext: bytes(48) }),
      decodeEscrowUnlock,
      'escrowUnlock enc ciphertext',
    ],
    [
      'a handover',
      encodeHandover(handover),
      decodeHandover,
      'format vaultKey rootHash suite vaultVersion accountSecret',
    ],
    [
      'a signed handover',
      encodeSignedHandover({ ...sealed, signature: bytes(64) }),
      decodeSignedHandover,
      'format enc ciphertext signature',
    ],
  ])('bytes that end too early are refused for the member in which they end: %s', (_what, whole, decode, names) => {
    expect(namedOnTheWay(whole, decode).join(' ')).toBe(names);
  });

  it.each<[string, Uint8Array, (whole: Uint8Array) => unknown]>([
    ['ciphertext', encodeEnvelope(envelope), decodeEnvelope],
    ['statement', encodeKeyStatement(statement), decodeKeyStatement],
    ['message', tbs, decodeSignedMessage],
    ['vault', encodeVaultContent({ keys: [], records: [] }), decodeVaultContent],
    ['escrowUnlock', encodeEscrowUnlock({ enc: bytes(1120), ciphertext: bytes(48) }), decodeEscrowUnlock],
    ['handover', encodeHandover(handover), decodeHandover],
    ['handover', encodeSignedHandover({ ...sealed, signature: bytes(64) }), decodeSignedHandover],
  ])('bytes that go on are refused as a whole: %s', (name, whole, decode) => {
    expect(faultOf(() => decode(Uint8Array.of(...whole, 0)))).toBe(`${name}: trailing-bytes`);
  });

  it.each<[string, Uint8Array, (whole: Uint8Array) => unknown, number]>([
    ['vault', encodeVaultContent({ keys: [], records: [] }), decodeVaultContent, 0],
    [
      'unlock',
      encodeCommittedBlob({ nonce: bytes(24), commit: bytes(32), ciphertext: bytes(16) }),
      (whole) => decodeCommittedBlob(whole, 'unlock'),
      0,
    ],
    ['escrowUnlock', encodeEscrowUnlock({ enc: bytes(1120), ciphertext: bytes(48) }), decodeEscrowUnlock, 0],
    ['handover', encodeHandover(handover), decodeHandover, 0],
    ['handover', encodeSignedHandover({ ...sealed, signature: bytes(64) }), decodeSignedHandover, 0],
    ['suite', encodeBoxMessage({ ...boxMessage, content: bytes(0) }), (whole) => decodeBoxMessage(whole, 'box'), 16],
    ['version', tbs, decodeSignedMessage, 16],
  ])('bytes of another format are refused for it: %s', (name, whole, decode, at) => {
    const changed = Uint8Array.from(whole, (byte, index) => (index === at ? 9 : byte));
    expect(faultOf(() => decode(changed))).toBe(`${name}: wrong-format`);
  });

  it('bytes with a content type that is none are refused for it', () => {
    const written = encodeBoxMessage({ ...boxMessage, content: bytes(0) });
    expect(faultOf(() => decodeBoxMessage(Uint8Array.of(...written.slice(0, -1), 0), 'box'))).toBe(
      'contentType: malformed-text',
    );
  });

  it('bytes of an envelope have as many slots as a message may have recipients', () => {
    const slots = Array.from({ length: LIMITS.recipients }, () => slot);
    expect(decodeEnvelope(encodeEnvelope({ ...envelope, slots })).slots).toHaveLength(LIMITS.recipients);
  });

  it('bytes of a vault are refused for keys or records out of order', () => {
    const [one, two] = [1, 2].map((type) => ({ type, value: bytes(0) })) as [VaultRecord, VaultRecord];
    const encode = (content: Partial<VaultContent>) =>
      faultOf(() => encodeVaultContent({ keys: [], records: [], ...content }));
    expect(encode({ records: [two, one] })).toBe('records: not-sorted');
    expect(encode({ keys: [seeds, seeds] })).toBe('keys: not-sorted');
    expect(encode({ keys: [{ ...seeds, signSeed: bytes(31) }] })).toBe('seed: wrong-length');
    const twoKeys = encodeVaultContent({ keys: [seeds, { ...seeds, version: 2 }], records: [] });
    expect(faultOf(() => decodeVaultContent(patched(twoKeys, 6, 3)))).toBe('keys: not-sorted');
    const twoRecords = encodeVaultContent({ keys: [], records: [one, two] });
    expect(faultOf(() => decodeVaultContent(patched(twoRecords, 8, 3)))).toBe('records: not-sorted');
  });

  it('a text, a UUID and random bytes are called so where nothing else is said', () => {
    expect(faultOf(() => utf8('\ud800'))).toBe('text: malformed-text');
    expect(faultOf(() => fromUtf8(Uint8Array.of(0xff)))).toBe('text: malformed-text');
    expect(faultOf(() => uuidToBytes(''))).toBe('uuid: not-canonical');
    expect(faultOf(() => uuidFromBytes(bytes(16)))).toBe('uuid: not-canonical');
    expect(faultOf(() => uuidV7(0, bytes(9)))).toBe('random: wrong-length');
  });

  it('a refusal says what is wrong with which member, or in more words what it is given', () => {
    expect(new ProtocolError('truncated', 'nonce').message).toBe('nonce: truncated');
    expect(new ProtocolError('truncated', 'nonce', 'It ends in the nonce').message).toBe('It ends in the nonce');
  });
});
