/**
 * Carries a client's device token (`deviceToken` of the answers that open a session) to the routes that try passwords and
 * recovery keys, so that strangers do not use up what its owner may try.
 */
export const DEVICE_HEADER = 'sealpost-device';
