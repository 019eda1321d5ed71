import {
  isUuidV7,
  RESET_PROOFS,
  type OpenResetJson,
  type PendingResetJson,
  type PendingResetsJson,
  type ResetClaimJson,
  type ResetKeysJson,
} from '@sealpost/protocol';
import { statementAnswer } from './answers.js';
import { integer, listOf, matching, objectOf, oneOf, optional, text } from './json-shape.js';

export const resetClaimAnswer = objectOf<ResetClaimJson>({
  proofs: listOf(oneOf(RESET_PROOFS)),
  delaySeconds: integer,
});

export const openResetAnswer = objectOf<OpenResetJson>({
  userId: matching<string>(isUuidV7, 'UUID of version 7'),
  keys: statementAnswer,
  vaultVersion: integer,
  credentialVersion: integer,
});

export const resetKeysAnswer = objectOf<ResetKeysJson>({ credentialVersion: integer, keyVersion: integer });

export const pendingResetsAnswer = objectOf<PendingResetsJson>({
  resets: listOf(
    objectOf<PendingResetJson>({
      requestedAt: integer,
      client: optional(text),
      availableAt: optional(integer),
      expiresAt: integer,
    }),
  ),
});
