import { describe, expect, it } from '@jest/globals';

import {
  account,
  boxMessage,
  bytes,
  context,
  conversationId,
  credentials,
  envelope,
  faultOf,
  handover,
  message,
  messageId,
  offer,
  rcpt,
  sealed,
  slot,
  statement,
  userId,
} from '../../../test/support/protocol-examples.js';
import {
  argonSaltBytes,
  authPayloadBytes,
  authProofBytes,
  challengeMacBytes,
  decoySaltBytes,
  newAuthKeyBytes,
} from './auth.js';
import * as payloads from './auth-payloads.js';
import { encodeBoxMessage } from './box.js';
import { encodeEnvelope, headerBytes, slotInfoBytes } from './envelope.js';
import { encodeEscrowUnlock, escrowInfoBytes, escrowKeyBytes } from './escrow.js';
import {
  encodeKeyStatement,
  encodeRcpt,
  handleBytes,
  keysSignatureBytes,
  republicationBytes,
} from './key-statement.js';
import * as pairing from './pairing.js';
import { encodeLoginFields } from './session-key.js';
import { encodeInner, encodeSignedMessage } from './signed-message.js';
import { encodeChallengeFields, encodePutStateFields, signingProofBytes } from './signing-proof.js';
import * as vault from './vault.js';
/** The value with one member that cannot be written: bytes of another length, a number below 0, a text too long. */
function withUnfit<T extends object>(value: T, member: keyof T): T {
  const fit: unknown = value[member];
  const unfit = fit instanceof Uint8Array ? fit.slice(1) : typeof fit === 'number' ? -1 : 'x'.repeat(0x10000);
  return { ...value, [member]: unfit };
}

function without<T extends object, K extends keyof T>(value: T, ...members: readonly K[]): Omit<T, K> {
  const kept = Object.entries(value).filter(([member]) => !members.includes(member as K));
  return Object.fromEntries(kept) as Omit<T, K>;
}

/** For each member of an example what is said where it cannot be written. */
function faultsOf<T extends object>(value: T, encode: (value: T) => unknown, freeLength: readonly (keyof T)[] = []) {
  const faults = (Object.keys(value) as (keyof T)[]).map((member) => [
    member,
    faultOf(() => encode(withUnfit(value, member))).split(':')[0],
  ]);
  const expected = Object.keys(value).map((member) => [
    member,
    freeLength.includes(member as keyof T) ? 'none' : member,
  ]);
  return { faults, expected };
}

describe('A value that cannot be written', () => {
  const unlocks = ['vault', 'passwordUnlock', 'recoveryUnlock'] as const;

  it.each<[string, () => { readonly faults: unknown; readonly expected: unknown }]>([
    [
      'proof',
      () =>
        faultsOf(
          { action: 'login', serviceId: 'a', loginId: 'a', challenge: bytes(32), payloadHash: bytes(32) } as const,
          authProofBytes,
        ),
    ],
    ['payload', () => faultsOf({ action: 'login' } as const, ({ action }) => authPayloadBytes(action, bytes(1)))],
    [
      'new auth key',
      () =>
        faultsOf({ challenge: bytes(32), payloadHash: bytes(32) }, (all) =>
          newAuthKeyBytes(all.challenge, all.payloadHash),
        ),
    ],
    [
      'challenge',
      () => faultsOf({ loginId: 'a', head: bytes(16) }, ({ loginId, head }) => challengeMacBytes(loginId, head)),
    ],
    ['decoy', () => faultsOf({ loginId: 'a' }, ({ loginId }) => decoySaltBytes(loginId))],
    [
      'salt',
      () =>
        faultsOf({ suite: 1, serviceId: 'a', loginId: 'a', salt: bytes(32) }, (all) =>
          argonSaltBytes(all.suite, all.serviceId, all.loginId, all.salt),
        ),
    ],
    ['registration', () => faultsOf(account, payloads.encodeRegisterFields, unlocks)],
    ['thumbprint', () => faultsOf({ thumbprint: bytes(32) }, ({ thumbprint }) => encodeLoginFields(thumbprint))],
    ['rekey', () => faultsOf({ ...account, credentialVersion: 1 }, payloads.encodeRekeyFields, unlocks)],
    ['reset', () => faultsOf({ ...account, claimTokenHash: bytes(32) }, payloads.encodeResetKeysFields, unlocks)],
    [
      'password',
      () =>
        faultsOf(
          {
            ...credentials,
            newLoginId: 'a',
            suite: 1,
            salt: bytes(32),
            authPublicKey: bytes(32),
            passwordUnlock: bytes(9),
            handleSignature: bytes(64),
          },
          payloads.encodePasswordFields,
          ['passwordUnlock'],
        ),
    ],
    [
      'recovery key',
      () =>
        faultsOf(
          { ...credentials, recoveryAuthPublicKey: bytes(32), recoveryUnlock: bytes(9) },
          payloads.encodeRecoveryKeyFields,
          ['recoveryUnlock'],
        ),
    ],
    [
      'escrow',
      () =>
        faultsOf({ ...credentials, fingerprint: bytes(32), escrowUnlock: bytes(9) }, payloads.encodeAddEscrowFields, [
          'escrowUnlock',
        ]),
    ],
    ['deletion', () => faultsOf(credentials, payloads.encodeDeleteAccountFields)],
    ['header', () => faultsOf({ messageId, conversationId, nonce: bytes(24), commit: bytes(32) }, headerBytes)],
    [
      'slot info',
      () => faultsOf({ messageId, conversationId }, (all) => slotInfoBytes(all.messageId, all.conversationId, rcpt)),
    ],
    ['slot', () => faultsOf(slot, (all) => encodeEnvelope({ ...envelope, slots: [all] }))],
    [
      'plaintext of a box',
      () =>
        faultsOf({ messageId, conversationId, contentType: 'a' }, (all) =>
          encodeBoxMessage({ ...boxMessage, content: bytes(0), ...all }),
        ),
    ],
    ['rcpt', () => faultsOf(rcpt, encodeRcpt)],
    ['handle', () => faultsOf({ serviceId: 'a', loginId: 'a', userId, version: 1 }, handleBytes)],
    ['keys', () => faultsOf({ keysHash: bytes(32) }, ({ keysHash }) => keysSignatureBytes(keysHash))],
    [
      'republication',
      () =>
        faultsOf(
          { serviceId: 'a', userId, keysHash: bytes(32), vaultVersion: 1, vaultHash: bytes(32) },
          republicationBytes,
        ),
    ],
    ['escrow key', () => faultsOf({ escrowPublicKey: bytes(1216) }, (all) => escrowKeyBytes(all.escrowPublicKey))],
    [
      'escrow info',
      () =>
        faultsOf({ serviceId: 'a', userId, fingerprint: bytes(32) }, (all) =>
          escrowInfoBytes(all.serviceId, all.userId, all.fingerprint),
        ),
    ],
    ['escrow unlock', () => faultsOf({ enc: bytes(1120), ciphertext: bytes(48) }, encodeEscrowUnlock)],
    ['pairing', () => faultsOf(context, (all) => pairing.pairingCommitmentBytes(all, offer))],
    [
      'offer',
      () =>
        faultsOf({ kemPublicKey: bytes(1216), deviceNonce: bytes(32) }, (all) =>
          pairing.pairingCommitmentBytes(context, all),
        ),
    ],
    [
      'transcript',
      () =>
        faultsOf({ commitment: bytes(32), approverNonce: bytes(32) }, ({ commitment, approverNonce }) =>
          pairing.pairingTranscriptBytes(context, commitment, { approver: rcpt, approverNonce }, offer),
        ),
    ],
    ['code', () => faultsOf({ transcript: bytes(32) }, ({ transcript }) => pairing.pairingCodeBytes(transcript))],
    [
      'handover info',
      () => faultsOf({ transcript: bytes(32) }, ({ transcript }) => pairing.pairingInfoBytes(transcript)),
    ],
    [
      'signature',
      () =>
        faultsOf({ transcript: bytes(32), ...sealed }, ({ transcript, ...parts }) =>
          pairing.pairingSignatureBytes(transcript, parts),
        ),
    ],
    ['handover', () => faultsOf(handover, pairing.encodeHandover)],
    ['signed handover', () => faultsOf({ ...sealed, signature: bytes(64) }, pairing.encodeSignedHandover)],
    [
      'signing proof',
      () =>
        faultsOf({ action: 'block', serviceId: 'a', userId } as const, (all) =>
          signingProofBytes({ ...all, fields: bytes(0) }),
        ),
    ],
    [
      'challenge fields',
      () =>
        faultsOf({ challenge: bytes(32), subject: userId }, (all) => encodeChallengeFields(all.challenge, all.subject)),
    ],
    [
      'state fields',
      () => faultsOf({ stateVersion: 1, previousHash: bytes(32), stateHash: bytes(32) }, encodePutStateFields),
    ],
    [
      'committed blob',
      () =>
        faultsOf({ nonce: bytes(24), commit: bytes(32) }, (all) =>
          vault.encodeCommittedBlob({ ...all, ciphertext: bytes(0) }),
        ),
    ],
    [
      'vault header',
      () =>
        faultsOf(
          { serviceId: 'a', userId, vaultVersion: 1, keyVersion: 1, keysHash: bytes(32) },
          vault.vaultHeaderBytes,
        ),
    ],
    [
      'unlock header',
      () =>
        faultsOf({ serviceId: 'a', userId, suite: 1, loginId: 'a', salt: bytes(32) }, (all) =>
          vault.unlockHeaderBytes({ kind: 'password', ...all }),
        ),
    ],
    [
      'state header',
      () => faultsOf({ serviceId: 'a', userId, stateVersion: 1, previousHash: bytes(32) }, vault.stateHeaderBytes),
    ],
    [
      'statement',
      () =>
        faultsOf(without(statement, 'recovery', 'earlierKeysCompromised', 'entries'), (all) =>
          encodeKeyStatement({ ...statement, ...all }),
        ),
    ],
    [
      'signed message',
      () =>
        faultsOf(
          without(message, 'sender', 'dependencies', 'recipients'),
          (all) => encodeSignedMessage({ ...message, ...all }),
          ['content'],
        ),
    ],
    ['inner', () => faultsOf({ signature: bytes(64) }, ({ signature }) => encodeInner(signature, bytes(1), message))],
  ])('a value that cannot be written is refused by the name of its member: %s', (_what, look) => {
    const { faults, expected } = look();
    expect(faults).toEqual(expected);
  });
});
