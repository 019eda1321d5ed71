import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  decodeVaultContent,
  normaliseLoginId,
  STATE_LABEL,
  stateHeaderBytes,
  unlockHeaderBytes,
  vaultHeaderBytes,
  type UnlockHeader,
  type VaultHeader,
  type VerifiedStatement,
} from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { verifyChain, type KeyChain } from '../trust/chain.js';
import { openCommitted, sealCommitted } from './committed-aead.js';
import { randomBytes } from './primitives.js';
import { loadSodium } from './sodium.js';
import { generateVaultKey, openUnlock, openVault, sealUnlock, sealVault } from './vault.js';

const { vault, passwordUnlock, recoveryUnlock, state } = vectors.vault;
const vaultKey = fromHex(vectors.vault.vaultKey);
const header: VaultHeader = { ...vault.header, keysHash: fromHex(vault.header.keysHash) };
const content = decodeVaultContent(fromHex(vault.secret));
const passwordHeader: UnlockHeader = {
  ...passwordUnlock.header,
  loginId: normaliseLoginId(passwordUnlock.header.loginId),
  salt: fromHex(passwordUnlock.header.salt),
};
const recoveryHeader: UnlockHeader = recoveryUnlock.header;

/** Alice's first two versions, which the vault of the example holds. */
function statements(): readonly VerifiedStatement[] {
  const signed = vectors.statements.statements.slice(0, 2).map(({ bytes, signature, previousSignature }) => ({
    statement: fromHex(bytes),
    signature: fromHex(signature),
    ...(previousSignature === null ? {} : { previousSignature: fromHex(previousSignature) }),
  }));
  const chain: KeyChain = verifyChain(vault.header, signed);
  return chain.statements;
}

/** Calls `visit` with every copy of `bytes` that differs in one bit. */
function eachBitFlipped(bytes: Uint8Array, visit: (changed: Uint8Array, bit: number) => void): void {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    visit(changed, bit);
  }
}

const refusal = expect.objectContaining({ name: 'CryptoRefused' });

beforeAll(loadSodium);

describe('The vault', () => {
  it('the vault is that of the fixed example', () => {
    expect(toHex(vaultHeaderBytes(header))).toBe(vault.headerBytes);
    expect(toHex(sealVault(vaultKey, header, content, fromHex(vault.nonce)))).toBe(vault.blob);
  });

  it('the vault of the fixed example opens and fits its statements', () => {
    expect(openVault(vaultKey, header, fromHex(vault.blob), statements())).toEqual(content);
  });

  it('the vault refuses every single-bit change', () => {
    const known = statements();
    eachBitFlipped(fromHex(vault.blob), (changed) => {
      expect(() => openVault(vaultKey, header, changed, known)).toThrow(refusal);
    });
  });

  it.each<[string, Partial<VaultHeader>]>([
    ['service', { serviceId: 'msg.example2' }],
    ['user', { userId: vectors.message.parties.bob.userId }],
    ['vault version', { vaultVersion: 3 }],
    ['key version', { keyVersion: 1 }],
    ['statement', { keysHash: new Uint8Array(32) }],
  ])('the vault refuses another %s in its header', (_what, change) => {
    expect(() => openVault(vaultKey, { ...header, ...change }, fromHex(vault.blob), statements())).toThrow(
      expect.objectContaining({ code: 'cannot-decrypt' }),
    );
  });

  it('the vault refuses another key, and every truncation', () => {
    const blob = fromHex(vault.blob);
    expect(() => openVault(randomBytes(32), header, blob, statements())).toThrow(
      expect.objectContaining({ code: 'wrong-commit' }),
    );
    for (let length = 0; length < blob.length; length++) {
      expect(() => openVault(vaultKey, header, blob.slice(0, length), [])).toThrow(refusal);
    }
  });

  describe('with other keys', () => {
    const mismatch = expect.objectContaining({ code: 'keys-mismatch' });
    const opening = (keys: typeof content.keys, known = statements(), changed = header) => {
      const blob = sealVault(vaultKey, changed, { ...content, keys });
      return () => openVault(vaultKey, changed, blob, known);
    };
    const [first, second] = content.keys;
    if (first === undefined || second === undefined) throw new Error('no example');

    it.each(['signSeed', 'boxSeed', 'kemSeed'] as const)(
      'the vault does not open to other keys than the stated ones: with another %s',
      (seed) => {
        expect(opening([first, { ...second, [seed]: new Uint8Array(32) }])).toThrow(mismatch);
        expect(opening([{ ...first, [seed]: new Uint8Array(32) }, second])).toThrow(mismatch);
      },
    );

    it('the vault does not open to other keys than the stated ones: without the newest keys, or without any', () => {
      expect(opening([first])).toThrow(mismatch);
      expect(opening([])).toThrow(mismatch);
    });

    it('the vault does not open to other keys than the stated ones: with keys that no statement names, or that of another user', () => {
      expect(opening(content.keys, statements().slice(1))).toThrow(mismatch);
      expect(opening(content.keys, [])).toThrow(mismatch);
      const other = { ...header, keysHash: new Uint8Array(32).fill(1) };
      expect(opening(content.keys, statements(), other)).toThrow(mismatch);
    });

    it('the vault opens without older keys: a user who lost them goes on with new ones', () => {
      expect(opening([second])().keys).toHaveLength(1);
    });
  });

  it('the vault keeps records of types that it does not know', () => {
    const records = [
      { type: 7, value: Uint8Array.of(1, 2, 3) },
      { type: 0x9000, value: new Uint8Array(0) },
    ];
    const blob = sealVault(vaultKey, header, { keys: content.keys, records });
    expect(openVault(vaultKey, header, blob, statements()).records).toEqual(records);
  });

  it('the vault of plaintext that is no vault is refused', () => {
    const context = { key: vaultKey, label: 'vault/keys/v1', header: vaultHeaderBytes(header) };
    const blob = sealCommitted(context, Uint8Array.of(2));
    expect(() => openVault(vaultKey, header, blob, statements())).toThrow(
      expect.objectContaining({ code: 'malformed-blob' }),
    );
  });
});

describe.each([
  ['password', passwordUnlock, passwordHeader],
  ['recovery', recoveryUnlock, recoveryHeader],
] as const)('The %s unlock', (_kind, vector, unlockHeader) => {
  const wrapKey = fromHex(vector.wrapKey);

  it('an unlock of the vault is that of the fixed example, and opens', () => {
    expect(toHex(unlockHeaderBytes(unlockHeader))).toBe(vector.headerBytes);
    expect(toHex(sealUnlock(wrapKey, unlockHeader, vaultKey, fromHex(vector.nonce)))).toBe(vector.blob);
    expect(toHex(openUnlock(wrapKey, unlockHeader, fromHex(vector.blob)))).toBe(vectors.vault.vaultKey);
  });

  it('an unlock of the vault refuses every single-bit change, and another key', () => {
    eachBitFlipped(fromHex(vector.blob), (changed) => {
      expect(() => openUnlock(wrapKey, unlockHeader, changed)).toThrow(refusal);
    });
    expect(() => openUnlock(randomBytes(32), unlockHeader, fromHex(vector.blob))).toThrow(
      expect.objectContaining({ code: 'wrong-commit' }),
    );
  });

  it.each<[string, object]>([
    ['service', { serviceId: 'msg.example2' }],
    ['user', { userId: vectors.message.parties.bob.userId }],
    ['kind', unlockHeader.kind === 'password' ? recoveryHeader : passwordHeader],
    ...(unlockHeader.kind === 'password'
      ? ([
          ['suite', { suite: 2 }],
          ['loginId', { loginId: 'alice@example.com' }],
          ['salt', { salt: new Uint8Array(32) }],
        ] satisfies [string, object][])
      : []),
  ])('an unlock of the vault refuses another %s in its header', (_what, change) => {
    const changed = { ...unlockHeader, ...change };
    expect(() => openUnlock(wrapKey, changed, fromHex(vector.blob))).toThrow(
      expect.objectContaining({ code: 'cannot-decrypt' }),
    );
  });

  it('an unlock of the vault refuses a vault key of another length', () => {
    const blob = sealUnlock(wrapKey, unlockHeader, new Uint8Array(31));
    expect(() => openUnlock(wrapKey, unlockHeader, blob)).toThrow(expect.objectContaining({ code: 'malformed-blob' }));
  });
});

describe('Client state', () => {
  const stateHeader = { ...state.header, previousHash: fromHex(state.header.previousHash) };
  const context = { key: vaultKey, label: STATE_LABEL, header: stateHeaderBytes(stateHeader) };

  it('client state is that of the fixed example, and opens', () => {
    expect(toHex(context.header)).toBe(state.headerBytes);
    expect(toHex(sealCommitted(context, fromHex(state.plaintext), fromHex(state.nonce)))).toBe(state.blob);
    expect(toHex(openCommitted(context, fromHex(state.blob)))).toBe(state.plaintext);
  });

  it('client state refuses every single-bit change, another version, another predecessor, and the label of a vault', () => {
    const blob = fromHex(state.blob);
    eachBitFlipped(blob, (changed) => {
      expect(() => openCommitted(context, changed)).toThrow(refusal);
    });
    for (const change of [{ stateVersion: 2 }, { previousHash: new Uint8Array(32).fill(1) }]) {
      const other = { ...context, header: stateHeaderBytes({ ...stateHeader, ...change }) };
      expect(() => openCommitted(other, blob)).toThrow(refusal);
    }
    expect(() => openCommitted({ ...context, label: 'vault/keys/v1' }, blob)).toThrow(
      expect.objectContaining({ code: 'wrong-commit' }),
    );
  });
});

describe('New vault keys', () => {
  it('new vault keys differ', () => {
    expect(toHex(generateVaultKey())).not.toBe(toHex(generateVaultKey()));
  });
});
