import type { MessageRefusedCode } from '../error-codes.js';
import { SealpostError } from '../errors.js';

/** Why a delivered message is refused (sections 5, 8.4 and 9). Stable. */
export type MessageRefusalReason =
  /** Its bytes are not what its suite says. */
  | 'malformed'
  /** messageId, conversationId, sender or suite inside differ from what was delivered. */
  | 'wrong-context'
  /** The content key is not the one that the message commits to. */
  | 'wrong-commit'
  /** No key of the recipient's opens it, or it was changed. */
  | 'cannot-decrypt'
  /** The padding has another length than its content asks for, or is not zero. */
  | 'wrong-padding'
  /** The signature does not hold. */
  | 'wrong-signature'
  /** The sender's verified chain does not contain the key that the message names. */
  | 'unknown-sender-key'
  /** The sender, or for the plain suites the recipient, has declared the key compromised since (flag bit 1). */
  | 'compromised-key'
  /** The signed recipients lack this one. */
  | 'recipients-lack-own'
  /** The signed recipients differ from the delivered ones. */
  | 'recipients-differ'
  /** There are more or fewer slots than signed recipients, or for other ones. */
  | 'recipients-slots'
  /** The message is for a key version that the vault does not hold. */
  | 'unknown-own-key'
  /** A message of one's own names a newer key version than the vault holds: the server gave an old vault. */
  | 'vault-rollback'
  /** This message of this sender was accepted before. */
  | 'replay'
  /** Its suite is none that this client opens (option `acceptSuites`). It can be read once it is. */
  | 'suite-not-accepted'
  /** It calls itself a receipt, and is not a signed message that names what it acknowledges. */
  | 'wrong-receipt';

/** Which message it is, as far as the delivery says. */
export interface RefusedMessage {
  readonly messageId: string;
  readonly conversationId: string;
  readonly senderId: string;
}

/** A message that must not be shown as its sender's; `code` and `reason` are stable. */
export class MessageRefused extends SealpostError {
  override readonly name = 'MessageRefused';
  readonly code: MessageRefusedCode;
  readonly messageId: string;
  readonly conversationId: string;
  readonly senderId: string;

  constructor(
    readonly reason: MessageRefusalReason,
    message: RefusedMessage,
    detail?: string,
  ) {
    super(`Message ${message.messageId} is refused: ${reason}${detail === undefined ? '' : ` (${detail})`}`);
    this.code = `message.${reason}`;
    this.messageId = message.messageId;
    this.conversationId = message.conversationId;
    this.senderId = message.senderId;
  }
}
