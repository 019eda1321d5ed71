import { readVectors } from './vectors.js';

/** Seeds and public keys of one version, as hexadecimal text. */
export interface KeysVector {
  readonly version: number;
  readonly signSeed: string;
  readonly boxSeed: string;
  readonly kemSeed: string;
  readonly signingPublicKey: string;
  readonly boxPublicKey: string;
  readonly kemPublicKey: string;
}

export interface StatementVectors {
  readonly serviceId: string;
  readonly userId: string;
  readonly handle: {
    readonly loginId: string;
    readonly version: number;
    readonly tbs: string;
    readonly signature: string;
  };
  readonly statements: readonly {
    readonly keys: KeysVector;
    readonly bytes: string;
    readonly hash: string;
    readonly signature: string;
    readonly previousSignature: string | null;
  }[];
}

interface ProofVector {
  readonly action: string;
  readonly authSeed: string;
  readonly fields?: string;
  readonly payloadHash: string;
  readonly tbs: string;
  readonly signature: string;
  readonly newAuth: readonly { readonly authSeed: string; readonly signature: string }[];
}

export interface AuthVectors {
  readonly challenge: string;
  readonly proofs: readonly ProofVector[];
  readonly signing: {
    readonly signSeed: string;
    readonly proofs: readonly {
      readonly action: string;
      readonly fields: string;
      readonly tbs: string;
      readonly signature: string;
    }[];
  };
  readonly sessionKey: {
    readonly seed: string;
    readonly jwk: string;
    readonly thumbprint: string;
    readonly proofs: readonly [login: ProofVector, register: ProofVector];
  };
}

export interface PasswordVectors {
  readonly cases: readonly {
    readonly input: {
      readonly suite: number;
      readonly serviceId: string;
      readonly loginId: string;
      readonly salt: string;
      readonly accountSecret?: string | null;
      readonly passwordJson: string;
    };
    readonly loginIdNormalised: string;
    readonly passwordPrepared: string;
    readonly argonSalt: string;
    readonly mk: string;
    readonly prk: string;
    readonly authSeed: string;
    readonly authPublicKey: string;
    readonly wrapKey: string;
  }[];
}

export interface RecoveryVectors {
  readonly recoveryKey: string;
  readonly words: string;
  readonly authSeed: string;
  readonly authPublicKey: string;
  readonly wrapKey: string;
}

interface UnlockVector<Header> {
  readonly header: Header;
  readonly headerBytes: string;
  readonly wrapKey: string;
  readonly nonce: string;
  readonly blob: string;
}

interface Owner {
  readonly serviceId: string;
  readonly userId: string;
}

export interface VaultVectors {
  readonly vaultKey: string;
  readonly vault: {
    readonly header: Owner & { readonly vaultVersion: number; readonly keyVersion: number; readonly keysHash: string };
    readonly headerBytes: string;
    readonly nonce: string;
    readonly secret: string;
    readonly blob: string;
  };
  readonly passwordUnlock: UnlockVector<
    Owner & { readonly kind: 'password'; readonly suite: number; readonly loginId: string; readonly salt: string }
  >;
  readonly recoveryUnlock: UnlockVector<Owner & { readonly kind: 'recovery' }>;
  readonly state: {
    readonly header: Owner & { readonly stateVersion: number; readonly previousHash: string };
    readonly headerBytes: string;
    readonly nonce: string;
    readonly plaintext: string;
    readonly blob: string;
  };
  readonly escrow: {
    readonly escrowSeed: string;
    readonly escrowPublicKey: string;
    readonly kemSeed: string;
    readonly info: string;
    readonly blob: string;
  };
}

export interface PartyVector {
  readonly userId: string;
  readonly keys: KeysVector;
  readonly keysHash: string;
}

export interface MessageVectors {
  readonly parties: { readonly alice: PartyVector; readonly bob: PartyVector };
  readonly messages: readonly {
    readonly messageId: string;
    readonly conversationId: string;
    readonly streamId: string;
    readonly seq: number;
    readonly prevHash: string;
    readonly deps: readonly { readonly streamId: string; readonly seq: number; readonly hash: string }[];
    readonly sentAt: number;
    readonly contentType: string;
    readonly content: string;
    readonly tbs: string;
    readonly cek: string;
    readonly nonce: string;
    readonly kemSeeds: readonly string[];
    readonly blob: string;
    readonly hash: string;
  }[];
  /** For messages with the sender's sequence of fixed fields and `text/plain`: the length of the padded plaintext. */
  readonly innerLengths: readonly {
    readonly recipients: number;
    readonly contentType: string;
    readonly contentBytes: number;
    readonly heads: number;
    readonly innerLength: number;
  }[];
  /** The first message with another padding, and nothing else that is wrong with it. */
  readonly refusedPadding: readonly { readonly flaw: string; readonly innerLength: number; readonly blob: string }[];
}

export interface BoxVectors {
  readonly messageId: string;
  readonly conversationId: string;
  readonly contentType: string;
  readonly content: string;
  readonly box: { readonly nonce: string; readonly plaintext: string; readonly ciphertext: string };
  readonly sealedBox: { readonly plaintext: string; readonly ciphertext: string };
}

export interface SafetyVectors {
  readonly a: { readonly userId: string; readonly rootHash: string };
  readonly b: { readonly userId: string; readonly rootHash: string };
  readonly number: string;
}

export interface PairingVectors {
  readonly context: {
    readonly serviceId: string;
    readonly loginId: string;
    readonly requestId: string;
    readonly deviceName: string;
  };
  readonly device: { readonly kemSeed: string; readonly kemPublicKey: string; readonly nonce: string };
  readonly commitmentBytes: string;
  readonly commitment: string;
  readonly approver: {
    readonly userId: string;
    readonly keyVersion: number;
    readonly keysHash: string;
    readonly nonce: string;
    readonly signSeed: string;
  };
  readonly transcriptBytes: string;
  readonly transcript: string;
  readonly codeHash: string;
  readonly code: string;
  readonly info: string;
  readonly handover: {
    readonly vaultKey: string;
    readonly rootHash: string;
    readonly suite: number;
    readonly vaultVersion: number;
    readonly accountSecret: string;
  };
  readonly plaintext: string;
  readonly plaintextWithoutSecret: string;
  readonly encapsulationSeed: string;
  readonly blob: string;
  readonly sessionKey: {
    readonly thumbprint: string;
    readonly commitment: string;
    readonly transcript: string;
    readonly code: string;
  };
}

export interface WycheproofFile<Group> {
  readonly testGroups: readonly Group[];
}

interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'acceptable' | 'invalid';
}

export interface Ed25519Group {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly (WycheproofTest & { readonly msg: string; readonly sig: string })[];
}

export interface X25519Group {
  readonly tests: readonly (WycheproofTest & {
    readonly public: string;
    readonly private: string;
    readonly shared: string;
  })[];
}

export interface AeadGroup {
  readonly tests: readonly (WycheproofTest & {
    readonly key: string;
    readonly iv: string;
    readonly aad: string;
    readonly msg: string;
    readonly ct: string;
    readonly tag: string;
  })[];
}

/** The fixed examples of the protocol, by section. */
export const vectors = {
  statements: readVectors('keys') as StatementVectors,
  auth: readVectors('auth') as AuthVectors,
  password: readVectors('password') as PasswordVectors,
  recovery: readVectors('recovery') as RecoveryVectors,
  vault: readVectors('vault') as VaultVectors,
  message: readVectors('message') as MessageVectors,
  box: readVectors('box') as BoxVectors,
  safety: readVectors('safety-number') as SafetyVectors,
  pairing: readVectors('pairing') as PairingVectors,
};

export const wycheproof = {
  ed25519: readVectors('wycheproof/ed25519_test') as WycheproofFile<Ed25519Group>,
  x25519: readVectors('wycheproof/x25519_test') as WycheproofFile<X25519Group>,
  xchacha20Poly1305: readVectors('wycheproof/xchacha20_poly1305_test') as WycheproofFile<AeadGroup>,
};
