import { fromUtf8, isUuidV7, LIMITS } from '@sealpost/protocol';
import { listOf, matching, objectOf, oneOf, parseJson } from '../http/json-shape.js';

/** Reserved (protocol section 8): no application can send a message of this type. */
export const RECEIPT_TYPE = 'application/vnd.sealpost.receipt+json';

/** Messages that one receipt names. */
export const RECEIPT_MESSAGES = LIMITS.batchMessages;

export const RECEIPT_KINDS = ['delivered', 'read'] as const;

/** `delivered`: a program of the recipient's has got the message. `read`: the recipient is said to have seen it. */
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

/** What a receipt says, inside the encryption. */
export interface ReceiptContent {
  readonly kind: ReceiptKind;
  /** 1 to 100, distinct. */
  readonly messageIds: readonly string[];
}

const receiptShape = objectOf<ReceiptContent>({
  kind: oneOf(RECEIPT_KINDS),
  messageIds: listOf(matching<string>(isUuidV7, 'UUID of version 7')),
});

export function encodeReceipt(receipt: ReceiptContent): string {
  return JSON.stringify(receipt);
}

/** null for what is no receipt. */
export function decodeReceipt(content: Uint8Array): ReceiptContent | null {
  try {
    const receipt = receiptShape(parseJson(fromUtf8(content)), '');
    const { length } = receipt.messageIds;
    const isWhole = length > 0 && length <= RECEIPT_MESSAGES && new Set(receipt.messageIds).size === length;
    return isWhole ? receipt : null;
  } catch {
    return null;
  }
}

/** The type of a message is what its sender says, in whatever case. */
export function isReceiptType(contentType: string): boolean {
  return contentType.toLowerCase() === RECEIPT_TYPE;
}
