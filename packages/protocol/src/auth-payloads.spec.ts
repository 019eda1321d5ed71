import { describe, expect, it } from '@jest/globals';

import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import {
  encodeAddEscrowFields,
  encodeDeleteAccountFields,
  encodePasswordFields,
  encodeRecoveryKeyFields,
  encodeRegisterFields,
  encodeRekeyFields,
  encodeResetKeysFields,
  type PasswordFields,
  type RegisterFields,
} from './auth-payloads.js';
import { ByteReader, fromUtf8, isZero } from './bytes.js';
import { uuidFromBytes } from './uuid.js';

const refusal = (field: string) => expect.objectContaining({ name: 'ProtocolError', field });

/** The fields of an action in the fixed examples. */
function example(action: string): string {
  return vectors.auth.proofs.find((proof) => proof.action === action)?.fields ?? '';
}

/** Reads what an encoder has written, in the order of the protocol's table (section 4). */
class FieldReader {
  readonly #reader: ByteReader;

  constructor(action: string) {
    this.#reader = new ByteReader(fromHex(example(action)), 'fields');
  }

  owner() {
    return { userId: uuidFromBytes(this.#reader.fixed(16, 'userId')) };
  }

  version() {
    return { credentialVersion: this.#reader.u32('credentialVersion') };
  }

  account(): Omit<RegisterFields, 'userId'> {
    return {
      suite: this.#reader.u8('suite'),
      salt: this.#reader.fixed(32, 'salt'),
      authPublicKey: this.#reader.fixed(32, 'authPublicKey'),
      keysHash: this.#reader.fixed(32, 'keysHash'),
      handleSignature: this.#reader.fixed(64, 'handleSignature'),
      vault: this.#reader.blob('vault'),
      passwordUnlock: this.#reader.blob('passwordUnlock'),
      ...this.recovery(),
    };
  }

  recovery() {
    return {
      recoveryAuthPublicKey: this.#reader.fixed(32, 'recoveryAuthPublicKey'),
      recoveryUnlock: this.#reader.blob('recoveryUnlock'),
    };
  }

  password(): Omit<PasswordFields, 'userId' | 'credentialVersion'> {
    return {
      newLoginId: fromUtf8(this.#reader.lp('newLoginId')),
      suite: this.#reader.u8('suite'),
      salt: this.#reader.fixed(32, 'salt'),
      authPublicKey: this.#reader.fixed(32, 'authPublicKey'),
      passwordUnlock: this.#reader.blob('passwordUnlock'),
      handleSignature: this.#reader.fixed(64, 'handleSignature'),
    };
  }

  hash() {
    return { claimTokenHash: this.#reader.fixed(32, 'claimTokenHash') };
  }
}

describe('The fields of the fixed examples', () => {
  it.each(['register', 'rekey', 'reset-keys'] as const)(
    'the fields of the fixed examples of %s are written as they were read',
    (action) => {
      const reader = new FieldReader(action);
      const owner = reader.owner();
      if (action === 'rekey') {
        const version = reader.version();
        const fields = { ...owner, ...version, ...reader.account() };
        expect(version).toEqual({ credentialVersion: 4 });
        expect(toHex(encodeRekeyFields(fields))).toBe(example(action));
        return;
      }
      const fields = { ...owner, ...reader.account() };
      const bytes =
        action === 'register' ? encodeRegisterFields(fields) : encodeResetKeysFields({ ...fields, ...reader.hash() });
      expect(toHex(bytes)).toBe(example(action));
    },
  );

  it.each(['change-password', 'recover'])(
    'the fields of the fixed examples of %s are written as they were read',
    (action) => {
      const reader = new FieldReader(action);
      const fields = { ...reader.owner(), ...reader.version(), ...reader.password() };
      expect(fields).toMatchObject({ newLoginId: 'alice@example.org', credentialVersion: 4 });
      expect(toHex(encodePasswordFields(fields))).toBe(example(action));
      const { handleSignature, ...staying } = fields;
      expect(isZero(handleSignature ?? new Uint8Array(1))).toBe(true);
      expect(toHex(encodePasswordFields(staying))).toBe(example(action));
    },
  );

  it('the fields of the fixed examples of replace-recovery and delete-account are written as they were read', () => {
    const replacing = new FieldReader('replace-recovery');
    const fields = { ...replacing.owner(), ...replacing.version(), ...replacing.recovery() };
    expect(toHex(encodeRecoveryKeyFields(fields))).toBe(example('replace-recovery'));
    expect(toHex(encodeDeleteAccountFields(fields))).toBe(example('delete-account'));
  });
});

describe('A change of the password', () => {
  const fields: PasswordFields = {
    userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
    credentialVersion: 1,
    newLoginId: 'alice@example.org',
    suite: 1,
    salt: new Uint8Array(32),
    authPublicKey: new Uint8Array(32),
    passwordUnlock: Uint8Array.of(3),
  };

  it('the fields of a change of the password end with the handle signature where the loginId changes', () => {
    const bytes = encodePasswordFields({ ...fields, handleSignature: new Uint8Array(64).fill(7) });
    expect(bytes.subarray(-64)).toEqual(new Uint8Array(64).fill(7));
  });

  it.each([
    ['salt', 31],
    ['authPublicKey', 33],
    ['handleSignature', 63],
  ] as const)('the fields of a change of the password do not take a %s of %d bytes', (member, length) => {
    expect(() => encodePasswordFields({ ...fields, [member]: new Uint8Array(length) })).toThrow(refusal(member));
  });

  it('the fields of a change of the password do not take a version that does not fit', () => {
    expect(() => encodePasswordFields({ ...fields, credentialVersion: 2 ** 32 })).toThrow(refusal('credentialVersion'));
  });
});

describe('The fields of a registration', () => {
  const fields: RegisterFields = {
    userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
    suite: 1,
    salt: new Uint8Array(32),
    authPublicKey: new Uint8Array(32),
    keysHash: new Uint8Array(32),
    handleSignature: new Uint8Array(64),
    vault: Uint8Array.of(1, 2),
    passwordUnlock: Uint8Array.of(3),
    recoveryAuthPublicKey: new Uint8Array(32),
    recoveryUnlock: Uint8Array.of(4),
  };

  it('the fields of a registration are told apart by the lengths of the vault and the unlocks', () => {
    const moved = { ...fields, vault: Uint8Array.of(1), passwordUnlock: Uint8Array.of(2, 3) };
    expect(encodeRegisterFields(moved)).toHaveLength(encodeRegisterFields(fields).length);
    expect(toHex(encodeRegisterFields(moved))).not.toBe(toHex(encodeRegisterFields(fields)));
  });

  it.each([
    ['salt', 31],
    ['authPublicKey', 33],
    ['keysHash', 0],
    ['handleSignature', 63],
    ['recoveryAuthPublicKey', 31],
  ] as const)('the fields of a registration do not take a %s of %d bytes', (member, length) => {
    expect(() => encodeRegisterFields({ ...fields, [member]: new Uint8Array(length) })).toThrow(refusal(member));
  });
});

describe('The fields of an escrow', () => {
  const fields = {
    userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
    credentialVersion: 4,
    fingerprint: new Uint8Array(32).fill(5),
    escrowUnlock: Uint8Array.of(1, 2, 3),
  };

  it('the fields of an escrow are userId, version, fingerprint and the unlock with its length', () => {
    expect(toHex(encodeAddEscrowFields(fields))).toBe(
      `018f4e7e7b7a7c3e9c5c00000000000a00000004${'05'.repeat(32)}00000003010203`,
    );
  });

  it('the fields of an escrow do not take a fingerprint of another length', () => {
    expect(() => encodeAddEscrowFields({ ...fields, fingerprint: new Uint8Array(31) })).toThrow(refusal('fingerprint'));
  });
});
