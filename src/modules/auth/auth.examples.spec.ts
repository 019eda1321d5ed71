import { describe, expect, it } from '@jest/globals';
import {
  authPayloadBytes,
  encodeChallengeFields,
  encodeDeleteAccountFields,
  encodeAddEscrowFields,
  encodePasswordFields,
  encodeRecoveryKeyFields,
  decodeKeyStatement,
  encodeRegisterFields,
  encodeRekeyFields,
  encodeResetKeysFields,
  NO_FIELDS,
  requireBase64Url,
} from '@sealpost/protocol';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from '../../core/crypto/index.js';
import { NEW } from './credentials/dto/credentials.examples.js';
import { RESET } from './reset/dto/reset.examples.js';
import { EXAMPLE } from './shared/auth.examples.js';
import { ESCROW, REKEY } from './vault-key/dto/escrow.examples.js';

const SERVICE_ID = 'msg.example';
const bytes = (text: string): Uint8Array => requireBase64Url(text, 'example');

describe('the documented examples', () => {
  it('the documented examples are those of a registration and a log-in that hold', async () => {
    const crypto = await SodiumCryptoService.create();
    const { userId, loginId, suite } = EXAMPLE;
    const statement = bytes(EXAMPLE.firstStatement);
    const keys = { statement, signature: bytes(EXAMPLE.firstStatementSignature) };
    const verdict = crypto.verifyKeyStatement(keys, { serviceId: SERVICE_ID, userId, previous: null, earlier: [] });
    if (!verdict.ok) throw new Error(verdict.refusal.reason);
    const { signingPublicKey } = verdict.statement;
    const handleSignature = bytes(EXAMPLE.handleSignature);
    const handle = { serviceId: SERVICE_ID, loginId, userId, version: 1 };
    expect(crypto.verifyHandle(handle, handleSignature, signingPublicKey)).toBe(true);

    const [authPublicKey, recoveryAuthPublicKey] = [bytes(EXAMPLE.authPublicKey), bytes(EXAMPLE.recoveryAuthPublicKey)];
    const fields = encodeRegisterFields({
      userId,
      suite,
      salt: bytes(EXAMPLE.salt),
      authPublicKey,
      keysHash: crypto.sha256(statement),
      handleSignature,
      vault: bytes(EXAMPLE.vault),
      passwordUnlock: bytes(EXAMPLE.passwordUnlock),
      recoveryAuthPublicKey,
      recoveryUnlock: bytes(EXAMPLE.recoveryUnlock),
    });
    const payloadHash = crypto.sha256(authPayloadBytes('register', fields));
    const challenge = bytes(EXAMPLE.challenge);
    const proof = { action: 'register', serviceId: SERVICE_ID, loginId, challenge, payloadHash } as const;
    expect(crypto.verifyAuthProof(proof, authPublicKey, bytes(EXAMPLE.proof))).toBe(true);
    const own = [
      [authPublicKey, EXAMPLE.authKeySignature],
      [recoveryAuthPublicKey, EXAMPLE.recoveryAuthKeySignature],
    ] as const;
    for (const [key, signature] of own) {
      expect(crypto.verifyNewAuthKey(key, challenge, payloadHash, bytes(signature))).toBe(true);
    }
    const login = { ...proof, action: 'login', payloadHash: new Uint8Array(32) } as const;
    expect(crypto.verifyAuthProof(login, authPublicKey, bytes(EXAMPLE.loginSignature))).toBe(true);
  });

  it('the documented examples are those of changes of credentials that hold', async () => {
    const crypto = await SodiumCryptoService.create();
    const { userId, loginId, suite } = EXAMPLE;
    const challenge = bytes(EXAMPLE.challenge);
    const { credentialVersion } = NEW;
    const password = encodePasswordFields({
      userId,
      credentialVersion,
      newLoginId: NEW.loginId,
      suite,
      salt: bytes(NEW.salt),
      authPublicKey: bytes(NEW.authPublicKey),
      passwordUnlock: bytes(NEW.passwordUnlock),
      handleSignature: bytes(NEW.handleSignature),
    });
    const recoveryAuthPublicKey = bytes(NEW.recoveryAuthPublicKey);
    const recoveryUnlock = bytes(EXAMPLE.recoveryUnlock);
    const words = encodeRecoveryKeyFields({ userId, credentialVersion, recoveryAuthPublicKey, recoveryUnlock });
    const erasure = encodeDeleteAccountFields({ userId, credentialVersion });
    const { changePassword, recover, replaceRecoveryKey, openRecovery, eraseAccount } = NEW;
    const own = { key: bytes(NEW.authPublicKey), signature: changePassword.authKeySignature };
    const actions = [
      ['change-password', password, EXAMPLE.authPublicKey, changePassword.proof, own],
      [
        'recover',
        password,
        EXAMPLE.recoveryAuthPublicKey,
        recover.proof,
        { ...own, signature: recover.authKeySignature },
      ],
      ['open-recovery', NO_FIELDS, EXAMPLE.recoveryAuthPublicKey, openRecovery.proof, null],
      ['delete-account', erasure, EXAMPLE.authPublicKey, eraseAccount.proof, null],
      [
        'replace-recovery',
        words,
        EXAMPLE.authPublicKey,
        replaceRecoveryKey.proof,
        { key: recoveryAuthPublicKey, signature: replaceRecoveryKey.recoveryAuthKeySignature },
      ],
    ] as const;
    for (const [action, fields, by, signature, newKey] of actions) {
      const payloadHash = crypto.sha256(authPayloadBytes(action, fields));
      const proof = { action, serviceId: SERVICE_ID, loginId, challenge, payloadHash };
      expect([action, crypto.verifyAuthProof(proof, bytes(by), bytes(signature))]).toEqual([action, true]);
      if (newKey === null) continue;
      expect(crypto.verifyNewAuthKey(newKey.key, challenge, payloadHash, bytes(newKey.signature))).toBe(true);
    }
  });

  it('the documented examples are those of an escrow and of a new vault key that hold', async () => {
    const crypto = await SodiumCryptoService.create();
    const { userId, loginId, suite } = EXAMPLE;
    const challenge = bytes(EXAMPLE.challenge);
    const { credentialVersion } = NEW;
    const holds = (action: 'add-escrow' | 'rekey', fields: Uint8Array, signature: string): boolean => {
      const payloadHash = crypto.sha256(authPayloadBytes(action, fields));
      const proof = { action, serviceId: SERVICE_ID, loginId, challenge, payloadHash };
      return crypto.verifyAuthProof(proof, bytes(EXAMPLE.authPublicKey), bytes(signature));
    };
    const escrowUnlock = bytes(ESCROW.unlock);
    expect(escrowUnlock).toEqual(fromHex(vectors.vault.escrow.blob));
    const escrow = { userId, credentialVersion, fingerprint: bytes(ESCROW.fingerprint), escrowUnlock };
    expect(holds('add-escrow', encodeAddEscrowFields(escrow), ESCROW.proof)).toBe(true);
    const [authPublicKey, recoveryAuthPublicKey] = [bytes(NEW.authPublicKey), bytes(REKEY.recoveryAuthPublicKey)];
    const rekey = encodeRekeyFields({
      userId,
      credentialVersion,
      suite,
      salt: bytes(NEW.salt),
      authPublicKey,
      keysHash: fromHex(vectors.statements.statements[1]?.hash ?? ''),
      handleSignature: bytes(REKEY.handleSignature),
      vault: bytes(EXAMPLE.vault),
      passwordUnlock: bytes(NEW.passwordUnlock),
      recoveryAuthPublicKey,
      recoveryUnlock: bytes(EXAMPLE.recoveryUnlock),
    });
    expect(holds('rekey', rekey, REKEY.proof)).toBe(true);
    const payloadHash = crypto.sha256(authPayloadBytes('rekey', rekey));
    for (const [key, signature] of [
      [authPublicKey, REKEY.authKeySignature],
      [recoveryAuthPublicKey, REKEY.recoveryAuthKeySignature],
    ] as const) {
      expect(crypto.verifyNewAuthKey(key, challenge, payloadHash, bytes(signature))).toBe(true);
    }
  });

  it('the documented examples are those of a reset that holds', async () => {
    const crypto = await SodiumCryptoService.create();
    const { userId, loginId, suite } = EXAMPLE;
    const statement = bytes(RESET.keys.statement);
    const { version, recovery, signingPublicKey } = decodeKeyStatement(statement);
    expect([version, recovery]).toEqual([3, true]);
    const handleSignature = bytes(RESET.handleSignature);
    const handle = { serviceId: SERVICE_ID, loginId, userId, version };
    expect(crypto.verifyHandle(handle, handleSignature, signingPublicKey)).toBe(true);
    const [authPublicKey, recoveryAuthPublicKey] = [bytes(RESET.authPublicKey), bytes(RESET.recoveryAuthPublicKey)];
    const fields = encodeResetKeysFields({
      userId,
      suite,
      salt: bytes(EXAMPLE.salt),
      authPublicKey,
      keysHash: crypto.sha256(statement),
      handleSignature,
      vault: bytes(RESET.vault),
      passwordUnlock: bytes(RESET.passwordUnlock),
      recoveryAuthPublicKey,
      recoveryUnlock: bytes(RESET.recoveryUnlock),
      claimTokenHash: crypto.sha256(bytes(RESET.claimToken)),
    });
    const cancellation = {
      action: 'cancel-resets',
      serviceId: SERVICE_ID,
      userId,
      fields: encodeChallengeFields(bytes(EXAMPLE.challenge)),
    } as const;
    const first = decodeKeyStatement(bytes(EXAMPLE.firstStatement));
    expect(crypto.verifySigningProof(cancellation, first.signingPublicKey, bytes(RESET.cancelProof))).toBe(true);
    const payloadHash = crypto.sha256(authPayloadBytes('reset-keys', fields));
    const challenge = bytes(EXAMPLE.challenge);
    const proof = { action: 'reset-keys', serviceId: SERVICE_ID, loginId, challenge, payloadHash } as const;
    expect(crypto.verifyAuthProof(proof, authPublicKey, bytes(RESET.proof))).toBe(true);
    const own = [
      [authPublicKey, RESET.authKeySignature],
      [recoveryAuthPublicKey, RESET.recoveryAuthKeySignature],
    ] as const;
    for (const [key, signature] of own) {
      expect(crypto.verifyNewAuthKey(key, challenge, payloadHash, bytes(signature))).toBe(true);
    }
  });
});
