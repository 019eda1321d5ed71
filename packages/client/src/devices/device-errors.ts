import { ProtocolError, requireBase64Url } from '@sealpost/protocol';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { ClientError } from '../errors.js';

/** Somebody between the two devices has changed what one of them said; nothing was handed over, or accepted. */
export function tampered(detail: string, cause?: unknown): ClientError {
  return new ClientError('devices.tampered', detail, ...(cause === undefined ? [] : [{ cause }]));
}

export function expired(): ClientError {
  return new ClientError('devices.expired', 'The ten minutes of this request are over: begin again');
}

/** Runs `work` on what came from the other device by way of the server. */
export function refusingTampering<T>(detail: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof CryptoRefused) throw tampered(detail, error);
    throw error;
  }
}

export function receivedBytes(text: string, field: string, length: number): Uint8Array {
  return refusingTampering(`The ${field} does not have its length`, () => requireBase64Url(text, field, length));
}
