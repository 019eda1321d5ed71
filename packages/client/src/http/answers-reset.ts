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
import { listOf, matching, objectOf, oneOf, optional, text, time, u32, version } from './json-shape.js';

export const resetClaimAnswer = objectOf<ResetClaimJson>({
  proofs: listOf(oneOf(RESET_PROOFS)),
  delaySeconds: u32,
});

export const openResetAnswer = objectOf<OpenResetJson>({
  userId: matching<string>(isUuidV7, 'UUID of version 7'),
  keys: statementAnswer,
  vaultVersion: version,
  credentialVersion: version,
});

export const resetKeysAnswer = objectOf<ResetKeysJson>({ credentialVersion: version, keyVersion: version });

export const pendingResetsAnswer = objectOf<PendingResetsJson>({
  items: listOf(
    objectOf<PendingResetJson>({
      requestedAt: time,
      client: optional(text),
      availableAt: optional(time),
      expiresAt: time,
    }),
  ),
});
