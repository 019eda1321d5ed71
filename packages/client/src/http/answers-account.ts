import {
  isUuidV7,
  type AccountEventJson,
  type AccountEventsJson,
  type AccountJson,
  type CredentialsJson,
  type EscrowJson,
  type OpenRecoveryJson,
} from '@sealpost/protocol';
import { base64Url, integer, listOf, matching, objectOf, optional, text } from './json-shape.js';

const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');

export const accountAnswer = objectOf<AccountJson>({
  userId: uuidV7,
  loginId: text,
  credentialVersion: integer,
  recoveryAuthPublicKey: base64Url,
  createdAt: integer,
  escrow: optional(objectOf<EscrowJson>({ fingerprint: base64Url, addedAt: integer })),
});

export const credentialsAnswer = objectOf<CredentialsJson>({ credentialVersion: integer });

export const openRecoveryAnswer = objectOf<OpenRecoveryJson>({
  userId: uuidV7,
  recoveryUnlock: base64Url,
  vault: base64Url,
  vaultVersion: integer,
  keyVersion: integer,
  credentialVersion: integer,
});

/** A newer server may have more kinds. */
export const accountEventsAnswer = objectOf<AccountEventsJson>({
  events: listOf(
    objectOf<AccountEventJson>({
      id: integer,
      at: integer,
      kind: text,
      sessionId: optional(text),
      sessionName: optional(text),
      client: optional(text),
      otherSessionId: optional(text),
      keyVersion: optional(integer),
      detail: optional(text),
    }),
  ),
  nextBefore: optional(integer),
});
