import type * as wire from '@sealpost/protocol';
import { DEVICE_REQUEST_STATES, LENGTHS, RESET_PROOFS } from '@sealpost/protocol';
import { statementAnswer } from './answers.js';
import {
  about,
  base64Url,
  bytesOf,
  flag,
  integer,
  listOf,
  objectOf,
  oneOf,
  optional,
  text,
  time,
  token,
  u32,
  uuid,
  uuidV7,
  version,
  type Shape,
} from './json-shape.js';

/** Members of the answers that open a session. */
const tokens = {
  accessToken: token,
  accessTokenExpiresAt: time,
  refreshToken: token,
  refreshTokenExpiresAt: time,
  deviceToken: token,
};
const session = { ...tokens, userId: uuidV7, sessionId: uuid };
const vault = { vault: base64Url, vaultVersion: version, keyVersion: version };

export const tokensAnswer = objectOf<wire.TokensJson>(tokens);
export const vaultAnswer = objectOf<wire.VaultJson>(vault);
export const registerAnswer = objectOf<wire.RegisterJson>(session);
export const loginAnswer = objectOf<wire.LoginJson>({
  ...session,
  ...vault,
  passwordUnlock: bytesOf(LENGTHS.unlock),
  credentialVersion: version,
});

/** Salt and challenge are looked at where they are used: another length has an error of its own. */
export const challengeAnswer = objectOf<wire.ChallengeJson>({
  suite: integer,
  salt: base64Url,
  challenge: text,
  expiresAt: time,
});

export const sessionsAnswer = objectOf<wire.SessionListJson>({
  items: listOf(
    objectOf<wire.SessionJson>({
      id: uuid,
      name: text,
      createdAt: time,
      lastUsedAt: time,
      expiresAt: time,
      current: flag,
    }),
  ),
});

export const accountAnswer = objectOf<wire.AccountJson>({
  userId: uuidV7,
  loginId: text,
  credentialVersion: version,
  recoveryAuthPublicKey: bytesOf(LENGTHS.signingPublicKey),
  createdAt: time,
  escrow: optional(objectOf<wire.EscrowJson>({ fingerprint: bytesOf(LENGTHS.hash), addedAt: time })),
});

const credentialsAnswer = objectOf<wire.CredentialsJson>({ credentialVersion: version });

/** Each change of credentials makes the next version of them. */
export function credentialsAfter(body: wire.CredentialsJson): Shape<wire.CredentialsJson> {
  const isNext = ({ credentialVersion }: wire.CredentialsJson): boolean =>
    credentialVersion === body.credentialVersion + 1;
  return about(credentialsAnswer, isNext, 'another change of the credentials');
}

/** A newer server may have more kinds. */
export const accountEventsAnswer = objectOf<wire.AccountEventsJson>({
  items: listOf(
    objectOf<wire.AccountEventJson>({
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

const blocksAnswer = objectOf<wire.BlocksJson>({
  items: listOf(objectOf<wire.BlockJson>({ userId: uuidV7, blockedAt: integer })),
  next: optional(uuidV7),
});

/** In the order of userIds, behind the one that was asked for; a page that is not the last one has brought something. */
export function blocksAfter(after: string | undefined): Shape<wire.BlocksJson> {
  const isAsked = ({ items, next }: wire.BlocksJson): boolean => {
    const ids = [...(after === undefined ? [] : [after]), ...items.map(({ userId }) => userId)];
    const ascends = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''));
    return ascends && (next === undefined || (items.length > 0 && next === ids.at(-1)));
  };
  return about(blocksAnswer, isAsked, 'other blocks than were asked for');
}

export const openRecoveryAnswer = objectOf<wire.OpenRecoveryJson>({
  ...vault,
  userId: uuidV7,
  recoveryUnlock: bytesOf(LENGTHS.unlock),
  credentialVersion: version,
});

export const resetClaimAnswer = objectOf<wire.ResetClaimJson>({
  proofs: listOf(oneOf(RESET_PROOFS)),
  delaySeconds: u32,
});

export const openResetAnswer = objectOf<wire.OpenResetJson>({
  userId: uuidV7,
  keys: statementAnswer,
  vaultVersion: version,
  credentialVersion: version,
});

export const resetKeysAnswer = objectOf<wire.ResetKeysJson>({ credentialVersion: version, keyVersion: version });

export const pendingResetsAnswer = objectOf<wire.PendingResetsJson>({
  items: listOf(
    objectOf<wire.PendingResetJson>({
      requestedAt: time,
      client: optional(text),
      availableAt: optional(time),
      expiresAt: time,
    }),
  ),
});

const deviceState = oneOf(DEVICE_REQUEST_STATES);

export const deviceCreatedAnswer = objectOf<wire.DeviceRequestCreatedJson>({ id: uuidV7, expiresAt: time });

export const deviceStatusAnswer = objectOf<wire.DeviceStatusJson>({
  state: deviceState,
  expiresAt: time,
  answer: optional(
    objectOf<wire.DeviceAnswerJson>({ userId: uuidV7, keyVersion: version, keysHash: base64Url, nonce: base64Url }),
  ),
});

export const collectedDeviceAnswer = objectOf<wire.CollectedDeviceJson>({
  ...session,
  ...vault,
  credentialVersion: version,
  handover: base64Url,
});

const pendingDevice = objectOf<wire.PendingDeviceJson>({
  id: uuidV7,
  state: deviceState,
  deviceName: optional(text),
  commitment: base64Url,
  createdAt: time,
  expiresAt: time,
  kemPublicKey: optional(base64Url),
  nonce: optional(base64Url),
  sessionKey: optional(base64Url),
});

export const pendingDevicesAnswer = objectOf<wire.PendingDevicesJson>({ items: listOf(pendingDevice) });

export function pendingDeviceOf(id: string): Shape<wire.PendingDeviceJson> {
  return about(pendingDevice, (answer) => answer.id === id, 'another request');
}
