import { openBox } from './open-box.js';
import { openSigned } from './open-signed.js';
import type { DeliveredMessage, OpenContext, OpenedMessage } from './types.js';

/**
 * Opens a delivered message in whatever suite and key version it names, and checks everything of sections 8.4 and 9 that
 * needs no memory. What needs one, replays and streams, is receiveMessage's: call it with every message that was opened.
 * Throws MessageRefused.
 */
export function openMessage(delivered: DeliveredMessage, context: OpenContext): OpenedMessage {
  return delivered.suite === 'sealpost-v1' ? openSigned(delivered, context) : openBox(delivered, context);
}
