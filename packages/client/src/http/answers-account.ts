import {
  isUuidV7,
  LENGTHS,
  type AccountEventJson,
  type AccountEventsJson,
  type AccountJson,
  type CredentialsJson,
  type EscrowJson,
  type OpenRecoveryJson,
} from '@sealpost/protocol';
import {
  base64Url,
  bytesOf,
  integer,
  listOf,
  matching,
  objectOf,
  optional,
  text,
  time,
  version,
} from './json-shape.js';

const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');

export const accountAnswer = objectOf<AccountJson>({
  userId: uuidV7,
  loginId: text,
  credentialVersion: version,
  recoveryAuthPublicKey: bytesOf(LENGTHS.signingPublicKey),
  createdAt: time,
  escrow: optional(objectOf<EscrowJson>({ fingerprint: bytesOf(LENGTHS.hash), addedAt: time })),
});

export const credentialsAnswer = objectOf<CredentialsJson>({ credentialVersion: version });

export const openRecoveryAnswer = objectOf<OpenRecoveryJson>({
  userId: uuidV7,
  recoveryUnlock: bytesOf(LENGTHS.unlock),
  vault: base64Url,
  vaultVersion: version,
  keyVersion: version,
  credentialVersion: version,
});

/** A newer server may have more kinds. */
export const accountEventsAnswer = objectOf<AccountEventsJson>({
  items: listOf(
    objectOf<AccountEventJson>({
      id: integer,
      at: time,
      kind: text,
      sessionId: optional(text),
      sessionName: optional(text),
      client: optional(text),
      otherSessionId: optional(text),
      keyVersion: optional(version),
      detail: optional(text),
    }),
  ),
  next: optional(integer),
});
