import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { account, bytes, context, offer, userId } from '../../../test/support/protocol-examples.js';
import { vectors } from '../../../test/support/vector-files.js';
import { newAuthKeyBytes } from './auth.js';
import { encodeRegisterFields } from './auth-payloads.js';
import { requireBase64Url } from './base64url.js';
import { DEVICE_HEADER } from './device-header.js';
import { isRootStatement } from './key-chain.js';
import { keysSignatureBytes, republicationBytes } from './key-statement.js';
import { pairingCommitmentBytes } from './pairing.js';
import { SERVICE_HEADER, serviceHeader, serviceOfHeader } from './service-header.js';
import { DPOP_HEADER, DPOP_NONCE_HEADER, sessionKeyJwk, sessionKeyThumbprintBytes } from './session-key.js';
import { SIGNING_PROOF_HEADER } from './signing-proof.js';
import { MESSAGE_SUITES, PASSWORD_SUITES } from './suites.js';
import { STATE_LABEL, UNLOCK_LABEL, VAULT_LABEL } from './vault.js';

const MIB = 1024 * 1024;

describe('What both sides know by name', () => {
  it('the names of headers, labels and suites are those of the protocol', () => {
    expect([SERVICE_HEADER, DEVICE_HEADER, SIGNING_PROOF_HEADER, DPOP_HEADER, DPOP_NONCE_HEADER]).toEqual([
      'sealpost-service',
      'sealpost-device',
      'sealpost-proof',
      'dpop',
      'dpop-nonce',
    ]);
    expect([VAULT_LABEL, UNLOCK_LABEL, STATE_LABEL]).toEqual(['vault/keys/v1', 'unlock/keys/v1', 'state/keys/v1']);
    expect(MESSAGE_SUITES).toEqual(['sealpost-v1', 'box', 'sealed-box']);
    expect([...PASSWORD_SUITES]).toEqual([
      [1, { memoryBytes: 64 * MIB, iterations: 3 }],
      [2, { memoryBytes: 256 * MIB, iterations: 4 }],
    ]);
  });

  it('the bytes that keys sign have a tag of their own', () => {
    const hash = bytes(32);
    const republication = { serviceId: 'a', userId, keysHash: hash, vaultVersion: 1, vaultHash: hash };
    const tagOf = (written: Uint8Array): string => Buffer.from(written).toString('latin1').split('\0')[0] ?? '';
    expect(tagOf(newAuthKeyBytes(hash, hash))).toBe('sealpost/auth-new/v1');
    expect(tagOf(keysSignatureBytes(hash))).toBe('sealpost/keys-sig/v1');
    expect(tagOf(republicationBytes(republication))).toBe('sealpost/republish/v1');
  });

  it('the header of a service names it with its version, and nothing else is read as one', () => {
    const value = serviceHeader('msg.example', '0.1.0');
    expect(value).toBe('msg.example; version=0.1.0');
    expect(serviceOfHeader(value)).toBe('msg.example');
    expect(serviceOfHeader(`${'a'.repeat(253)}; version=${'1'.repeat(64)}`)).toBe('a'.repeat(253));
    for (const other of [
      '',
      'msg.example',
      'Msg; version=1',
      ' msg; version=1',
      'msg; version=',
      'msg; version=1 2',
      `${'a'.repeat(254)}; version=1`,
      `a; version=${'1'.repeat(65)}`,
    ]) {
      expect([other, serviceOfHeader(other)]).toEqual([other, null]);
    }
  });

  it('a session key is named by the members of its JWK, and known by their hash', () => {
    const { jwk, thumbprint } = vectors.auth.sessionKey;
    const example = JSON.parse(jwk) as { x: string };
    const publicKey = requireBase64Url(example.x, 'x');
    expect(sessionKeyJwk(publicKey)).toEqual({ ...example, crv: 'Ed25519', kty: 'OKP' });
    expect(createHash('sha256').update(sessionKeyThumbprintBytes(publicKey)).digest('hex')).toBe(thumbprint);
  });

  it('a registration, or the offer of a new device, says last to which session key its session is bound', () => {
    const [without, bound] = [encodeRegisterFields(account), encodeRegisterFields(account, bytes(32))];
    expect(bound).toEqual(Uint8Array.of(...without, 0, 32, ...bytes(32)));
    const { sessionKey, ...free } = offer;
    const committed = pairingCommitmentBytes(context, free);
    expect(pairingCommitmentBytes(context, offer)).toEqual(Uint8Array.of(...committed, 0, 32, ...sessionKey));
  });

  it.each([
    [1, false, false, true],
    [2, false, false, false],
    [2, true, false, true],
    [2, false, true, true],
    [2, true, true, true],
  ])('version %d, recovery %j, earlier keys compromised %j: a root is %j', (version, recovery, compromised, isRoot) => {
    expect(isRootStatement({ version, recovery, earlierKeysCompromised: compromised })).toBe(isRoot);
  });
});
