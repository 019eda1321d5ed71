import type { ErrorCode } from '@sealpost/protocol';

/**
 * Every code that the client's own errors carry, the answers of the service left out. Stable: a program may branch on them.
 * docs/sdk.md explains each.
 */
export const CLIENT_CODES = [
  'client.invalid-argument',
  'client.no-account',
  'client.network',
  'client.foreign-answer',
  'client.timeout',
  'client.bad-answer',
  'client.unknown-problem',
  'client.mailbox-rewound',
  'client.stream-unavailable',
  'client.insecure-url',
  'client.origin-refused',
  'client.redirect-refused',
  'client.wrong-service',
  'client.internal',
  'login.suite-unknown',
  'login.suite-lowered',
  'login.challenge-malformed',
  'login.account-secret-differs',
  'login.user-differs',
  'account.restored',
  'devices.code-differs',
  'devices.not-confirmed',
  'devices.tampered',
  'devices.expired',
  'password.too-short',
  'password.unassigned',
  'password.weak',
  'vault.unlock-refused',
  'vault.refused',
  'vault.rollback',
  'keys.rotation-lost',
  'escrow.not-offered',
  'escrow.fingerprint-differs',
  'escrow.fingerprint-missing',
  'escrow.export-refused',
  'escrow.hidden',
  'escrow.unknown',
  'state.refused',
  'state.rollback',
  'state.fork',
  'state.too-large',
  'state.filling',
  'state.strangers-forgotten',
  'service-key.refused',
  'session.key-lost',
  'storage.locked',
  'storage.key-refused',
  'storage.encrypted',
  'storage.damaged',
  'storage.failed',
  'storage.not-kept',
  'storage.other-account',
  'send.unconfirmed',
  'contact.keys-recovered',
  'contact.keys-compromised',
  'contact.keys-conflict',
  'contact.login-id-rebound',
  'contact.rollback',
  'contact.fork',
  'contact.statement-refused',
  'contact.incomplete',
  'contact.too-long',
  'contact.wrong-handle',
  'contact.malformed',
  'message.malformed',
  'message.wrong-context',
  'message.wrong-commit',
  'message.cannot-decrypt',
  'message.wrong-padding',
  'message.wrong-signature',
  'message.unknown-sender-key',
  'message.compromised-key',
  'message.recipients-lack-own',
  'message.recipients-differ',
  'message.recipients-slots',
  'message.unknown-own-key',
  'message.vault-rollback',
  'message.replay',
  'message.suite-not-accepted',
  'message.wrong-receipt',
] as const;

/** What the client finds by itself. */
export type ClientCode = (typeof CLIENT_CODES)[number];

/** `code` of everything that the SDK throws: what the service answers, and what the client finds by itself. */
export type SealpostErrorCode = ErrorCode | ClientCode;

type Family<Prefix extends string> = Extract<ClientCode, `${Prefix}.${string}`>;

/** The codes of a ClientError. */
export type ClientErrorCode = Exclude<
  ClientCode,
  Family<'contact' | 'message' | 'send'> | EscrowWarningCode | 'client.unknown-problem'
>;

export type NetworkErrorCode = `client.${'network' | 'foreign-answer' | 'timeout' | 'redirect-refused'}`;
export type PasswordRefusedCode = Family<'password'>;
export type EscrowWarningCode = 'escrow.hidden' | 'escrow.unknown';
/** What a warning about the shared state can be about. */
export type SharedStateWarningCode = 'state.refused' | 'state.rollback' | 'state.fork';
export type SharedStateNoticeCode = 'state.filling' | 'state.strangers-forgotten';
export type MessageRefusedCode = Family<'message'>;
/** What blocks a contact until the user decides. A server that contradicts itself with the last two is refused instead. */
export type ContactWarningCode = `contact.${
  'keys-recovered' | 'keys-compromised' | 'keys-conflict' | 'login-id-rebound' | 'rollback' | 'fork'}`;
export type KeysRefusedCode = `contact.${
  'statement-refused' | 'rollback' | 'fork' | 'incomplete' | 'too-long' | 'wrong-handle' | 'malformed'}`;
