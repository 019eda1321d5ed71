/**
 * Every code that a problem of the API carries, with the title of its problem type. A code is never renamed; a code that
 * is no longer sent stays in this list. `docs/problems/<code>.md` explains each.
 */
export const ERROR_CODES = {
  'request.invalid': 'The request does not have the expected form',
  'request.malformed-json': 'The body is not acceptable JSON',
  'request.too-large': 'The request is too large',
  'request.unsupported-media-type': 'The body has a media type that is not accepted',
  'request.not-found': 'There is no such resource',
  'request.method-not-allowed': 'The resource does not have this method',
  'request.timeout': 'The request took too long to arrive',
  'request.refused': 'The request was refused',
  'request.rate-limited': 'Too many requests',
  'server.internal': 'The server failed',
  'server.unavailable': 'The server cannot answer at the moment',
  'server.overloaded': 'The server has more to do than it can',

  'auth.unauthenticated': 'A valid access token is needed',
  'auth.token-expired': 'The access token has expired',
  'auth.session-ended': 'The session has ended',
  'auth.login-refused': 'The log-in was refused',
  'auth.challenge-refused': 'The challenge is not valid',
  'auth.challenge-used': 'The challenge was used before',
  'auth.proof-refused': 'A proof of an auth key does not hold',
  'auth.key-refused': 'An auth key is not valid',
  'auth.suite-unknown': 'The password suite is not known',
  'auth.login-id-taken': 'The loginId is taken',
  'auth.user-id-taken': 'The userId is taken',
  'auth.registration-closed': 'Registration is closed',
  'auth.invitation-refused': 'The invitation is not valid',
  'auth.account-disabled': 'The account is disabled',
  'auth.refresh-refused': 'The refresh token is not valid',
  'auth.refresh-reused': 'The refresh token was used before',
  'auth.session-not-found': 'There is no such session',
  'auth.too-many-exports': 'Too many exports of one account',
  'auth.credentials-changed': 'The credentials have changed in the meantime',
  'auth.recovery-refused': 'The recovery was refused',
  'auth.escrow-refused': 'The escrow is not the one that the service offers',
  'auth.escrow-conflict': 'The account has another escrow',
  'auth.device-request-not-found': 'There is no such request of a new device',
  'auth.device-request-denied': 'The new device was not approved',
  'auth.device-request-conflict': 'The request of the new device has got further',
  'auth.device-requests-full': 'Too many new devices wait for approval',
  'auth.reset-off': 'Accounts are not reset here',
  'auth.claim-refused': 'The claim to the loginId was refused',
  'auth.claim-not-ready': 'The claim to the loginId does not count yet',

  'keys.user-not-found': 'There is no such user',
  'keys.version-not-found': 'The user has no such key version',
  'keys.statement-refused': 'The key statement is not valid',
  'keys.handle-refused': 'The handle signature does not hold',
  'keys.vault-refused': 'The vault does not have the expected form',
  'keys.version-conflict': 'The key version exists with another statement',
  'keys.vault-conflict': 'The vault has changed in the meantime',
  'keys.rotation-due': "The sender's keys are too old",

  'state.state-conflict': 'The client state has changed in the meantime',
  'state.state-refused': 'The client state does not have the expected form',

  'messages.envelope-refused': 'The envelope is not valid',
  'messages.recipient-unknown': 'A recipient does not exist',
  'messages.recipient-erased': 'A recipient was erased',
  'messages.stale-key-version': 'A key version is not the newest',
  'messages.id-conflict': 'The message id is in use',
  'messages.not-found': 'There is no such message in the mailbox',
  'messages.ack-out-of-range': 'The acknowledged position does not exist yet',
  'messages.mailbox-full': "A recipient's mailbox is full",
  'messages.too-many-readers': 'Too many readers of one mailbox',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
