/**
 * JSON of the REST API. Members ending in … bytes are canonical base64url without padding; times are Unix milliseconds;
 * an absent member is omitted, never null.
 */
import type { DpopMode } from './session-key.js';
import type { MessageSuite } from './suites.js';

/** A list that is never longer than one page. */
export interface ListJson<T> {
  readonly items: readonly T[];
}

/** A page of a list: `?limit=` and `?after=` or `?before=` ask for it. */
export interface PageJson<T, Position = number> extends ListJson<T> {
  /** What to ask for next as `after` or `before`; absent where nothing more follows. */
  readonly next?: Position;
}

export interface ServiceJson {
  readonly serviceId: string;
  readonly protocolVersion: 1;
  readonly registration: 'open' | 'invitation' | 'closed';
  readonly passwordSuite: number;
  readonly messageSuites: readonly MessageSuite[];
  readonly limits: { readonly recipients: number; readonly ciphertextBytes: number; readonly longPollSeconds: number };
  readonly retention: ServiceRetentionJson;
  /** Where proofs of session keys are needed: see DPOP_MODES. */
  readonly dpop: DpopMode;
  /** Absent: the operator offers none. */
  readonly escrow?: OfferedEscrowJson;
  /** Who sends must have made their newest keys at most so many seconds ago; absent: keys may be of any age. */
  readonly keysMaxAgeSeconds?: number;
}

/** What the operator of a service offers (GET /v1/service). Whether it is used, the user's application decides. */
export interface OfferedEscrowJson {
  /** X-Wing. Clients compute its fingerprint themselves, and compare it with the one that they were configured with. */
  readonly publicKey: string;
}

/** How long the server keeps messages. Clients that want them for longer keep them themselves. */
export interface ServiceRetentionJson {
  /** The largest expiresInSeconds that a sender may ask for. */
  readonly maxExpiresInSeconds: number;
  /** Messages without expiresInSeconds expire after so many seconds; absent: they do not expire. */
  readonly defaultExpiresInSeconds?: number;
  /** What a user has acknowledged is deleted from that mailbox after so many seconds or later; absent: it is kept. */
  readonly deleteAfterAckSeconds?: number;
}

// ---- keys

/** What a client sends of a new statement. */
export interface SignedStatementJson {
  /** The signed bytes (section 5, keys). */
  readonly statement: string;
  readonly signature: string;
  readonly previousSignature?: string;
}

/** A statement as the server answers it: the signed bytes, and for convenience what they say. */
export interface KeyStatementJson extends SignedStatementJson {
  readonly keysHash: string;
  readonly userId: string;
  readonly version: number;
  readonly createdAt: number;
  readonly recovery: boolean;
  readonly earlierKeysCompromised: boolean;
  readonly previousKeysHash: string;
  readonly signingPublicKey: string;
  readonly boxPublicKey: string;
  readonly kemPublicKey: string;
}

/** A loginId, and the signature by which its user has claimed it (section 5, handleSignature). */
export interface SenderJson {
  readonly userId: string;
  readonly loginId: string;
  readonly handleSignature: string;
  /** Version of the signing key that made handleSignature. */
  readonly handleKeyVersion: number;
}

/** POST /v1/keys/senders */
export interface SendersRequestJson {
  /** Sequences of entries in the caller's mailbox. */
  readonly sequences: readonly number[];
}

export interface SendersJson {
  readonly senders: readonly SenderJson[];
}

/** GET /v1/users?loginId= */
export interface UserJson extends SenderJson {
  /** The newest statement. */
  readonly keys: KeyStatementJson;
}

/** GET /v1/users/{id}/keys?after=&limit=: ascending by version. */
export type KeyChainJson = PageJson<KeyStatementJson>;

/** POST /v1/keys/query */
export interface KeyQueryRequestJson {
  readonly userIds: readonly string[];
}

export interface KeyQueryJson {
  /** The newest statement of each user found, in the order asked for. */
  readonly statements: readonly KeyStatementJson[];
  /** Users that do not exist. */
  readonly unknownUserIds: readonly string[];
}

/** POST /v1/keys */
export interface RotateRequestJson {
  readonly keys: SignedStatementJson;
  /** The rewritten vault (section 6), and its version, one more than the stored one. */
  readonly vault: string;
  readonly vaultVersion: number;
  /** By the new signing key (section 5). Needed where the statement declares earlier keys compromised: it is a new root. */
  readonly handleSignature?: string;
}

/**
 * POST /v1/keys/republish: statements that the user's client has and the server lost, e.g. because it was restored from a
 * backup, with the vault that belongs to the newest of them.
 */
export interface RepublishRequestJson {
  /** 1 to 50, ascending and contiguous; those that the server has are passed over. None has the recovery flag. */
  readonly statements: readonly SignedStatementJson[];
  /** By the newest signing key, of the present loginId. */
  readonly handleSignature: string;
  readonly vault: string;
  /** Above the stored one. */
  readonly vaultVersion: number;
  /** By the newest signing key (section 5, republication). */
  readonly vaultSignature: string;
}

export interface RotateJson {
  readonly keys: KeyStatementJson;
  readonly vaultVersion: number;
}

/** GET /v1/vault */
export interface VaultJson {
  readonly vault: string;
  readonly vaultVersion: number;
  /** The key version that the vault's header names. */
  readonly keyVersion: number;
}

// ---- auth

export interface RegisterRequestJson {
  readonly userId: string;
  readonly loginId: string;
  readonly suite: number;
  readonly salt: string;
  readonly authPublicKey: string;
  /** Version 1. */
  readonly keys: SignedStatementJson;
  readonly handleSignature: string;
  readonly vault: string;
  readonly passwordUnlock: string;
  readonly recoveryAuthPublicKey: string;
  readonly recoveryUnlock: string;
  readonly challenge: string;
  /** Proof of action `register` by the password auth key (section 4). */
  readonly proof: string;
  /** The new password auth key's and the new recovery auth key's own signatures (section 4, auth-new). */
  readonly authKeySignature: string;
  readonly recoveryAuthKeySignature: string;
  readonly invitation?: string;
  readonly sessionName?: string;
}

export interface ChallengeRequestJson {
  readonly loginId: string;
}

export interface ChallengeJson {
  readonly suite: number;
  readonly salt: string;
  readonly challenge: string;
  readonly expiresAt: number;
}

export interface LoginRequestJson {
  readonly loginId: string;
  readonly challenge: string;
  readonly signature: string;
  readonly sessionName?: string;
}

export interface TokensJson {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: number;
  /** For the header `Sealpost-Device`: by it the client is known when it logs in again. */
  readonly deviceToken: string;
}

export interface RegisterJson extends TokensJson {
  readonly userId: string;
  readonly sessionId: string;
}

export interface LoginJson extends TokensJson, VaultJson {
  readonly userId: string;
  readonly sessionId: string;
  readonly passwordUnlock: string;
  readonly credentialVersion: number;
}

export interface RefreshRequestJson {
  readonly refreshToken: string;
}

export interface SessionJson {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  /** True for the session of this request. */
  readonly current: boolean;
}

/** GET /v1/account/sessions: the most recently used first. */
export type SessionListJson = ListJson<SessionJson>;
