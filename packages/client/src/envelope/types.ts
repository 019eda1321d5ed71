import type { MessageSuite, PublicKeys, Rcpt, StreamHead } from '@sealpost/protocol';

import type { KeyChain } from '../trust/chain.js';
import type { UserSeeds } from '../crypto/user-keys.js';

/** Public keys of one version of one user: a VerifiedStatement is one. */
export interface PartyKeys extends PublicKeys {
  readonly userId: string;
  readonly version: number;
  readonly keysHash: Uint8Array;
}

/** One's own keys of one version. */
export interface OwnKeyPair extends PartyKeys {
  readonly seeds: UserSeeds;
}

/** Place of a message in its stream (section 8.5), as it is signed. */
export interface StreamPosition {
  readonly streamId: string;
  /** From 1. */
  readonly seq: number;
  /** Hash of the stream's previous message; zeros at 1. */
  readonly prevHash: Uint8Array;
  /** Heads of other streams seen since, ascending by streamId, at most 16. */
  readonly dependencies: readonly StreamHead[];
}

interface SealBase {
  readonly messageId: string;
  readonly conversationId: string;
  /** The sender's newest keys. */
  readonly sender: OwnKeyPair;
  /** 1 to 127 characters of printable ASCII. */
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** What is sealed in the default suite. */
export interface SignedSealRequest extends SealBase {
  readonly suite: 'sealpost-v1';
  /** Newest keys of 1 to 100 distinct users in any order; the sender among them to keep a copy. */
  readonly recipients: readonly PartyKeys[];
  readonly position: StreamPosition;
  /** The sender's clock, Unix milliseconds. */
  readonly sentAt: number;
}

/** What is sealed in a plain libsodium suite: one recipient, no stream. */
export interface BoxSealRequest extends SealBase {
  readonly suite: 'box' | 'sealed-box';
  readonly recipients: readonly [PartyKeys];
}

export type SealRequest = SignedSealRequest | BoxSealRequest;

/** What POST /v1/messages takes of a sealed message. */
export interface SealedMessage {
  readonly ciphertext: Uint8Array;
  /** 24 bytes, suite `box` only. */
  readonly nonce?: Uint8Array;
}

/** A sealed message of the default suite, with what the stream state remembers of it. */
export interface SealedSignedMessage extends SealedMessage {
  /** H(hdr ‖ TBS): what the stream's next message names as prevHash. */
  readonly hash: Uint8Array;
  /** One hash for all resends after a key-version conflict. */
  readonly resendHash: Uint8Array;
}

/** A message as the server delivers it, decoded. */
export interface DeliveredMessage {
  readonly messageId: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly senderId: string;
  readonly senderKeyVersion: number;
  readonly recipients: readonly { readonly userId: string; readonly keyVersion: number }[];
  readonly ciphertext: Uint8Array;
  readonly nonce?: Uint8Array;
}

/** What a recipient holds a delivered message against. */
export interface OpenContext {
  /** One's own verified chain. */
  readonly ownChain: KeyChain;
  /** One's own keys of a version, out of the vault; undefined where the vault does not hold it. */
  readonly ownKeys: (version: number) => OwnKeyPair | undefined;
  /** The newest version that the vault holds. */
  readonly newestOwnVersion: number;
  /** The sender's verified chain, refreshed where it lacks the version that was delivered. One's own for own copies. */
  readonly senderChain: KeyChain;
  /**
   * True where this client has accepted the message before, and opens it again: only then a message under keys that
   * were declared compromised since is still opened (section 5, bit 1).
   */
  readonly acceptedBefore?: boolean;
}

interface OpenedBase {
  readonly messageId: string;
  readonly conversationId: string;
  readonly sender: Rcpt;
  readonly recipients: readonly Rcpt[];
  readonly contentType: string;
  readonly content: Uint8Array;
}

export interface OpenedSignedMessage extends OpenedBase {
  readonly suite: 'sealpost-v1';
  /** The sender is proven by a signature. */
  readonly senderProof: 'signature';
  readonly sentAt: number;
  readonly position: StreamPosition;
  readonly hash: Uint8Array;
  readonly resendHash: Uint8Array;
}

export interface OpenedBoxMessage extends OpenedBase {
  readonly suite: 'box' | 'sealed-box';
  /**
   * `shared-key`: by a key that sender and recipient share, so that whoever steals the recipient's key can write to them
   * as anybody. `none`: the sender is only claimed, and anybody may have written it.
   */
  readonly senderProof: 'shared-key' | 'none';
}

export type OpenedMessage = OpenedSignedMessage | OpenedBoxMessage;
