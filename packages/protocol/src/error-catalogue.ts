import { integer, listOf, named, objectOf, oneOf, optional, text, time } from './error-members.js';
import type { ErrorMembers, ValuesOf } from './error-members.js';
import { STATEMENT_FAULTS } from './key-chain.js';
import type { KeyStatementJson } from './wire.js';
import { DEVICE_REQUEST_STATES } from './wire-devices.js';

/** No problem with such a code has a member of this type. */
type NoMembers = Readonly<Record<string, never>>;

interface CatalogueEntry<M extends ErrorMembers> {
  /** The status of the answer. What HTTP itself refuses can have another status: 414, 417 and 431 exist for it. */
  readonly status: number;
  /** The title of the problem type: the same in every answer. */
  readonly title: string;
  /** What the problem document has besides the members of RFC 9457. */
  readonly members: M;
}

function problem(status: number, title: string): CatalogueEntry<NoMembers>;
function problem<const M extends ErrorMembers>(status: number, title: string, members: M): CatalogueEntry<M>;
function problem(status: number, title: string, members: ErrorMembers = {}): CatalogueEntry<ErrorMembers> {
  return { status, title, members };
}

const keyStatement = named<KeyStatementJson>('KeyStatement');

/**
 * Every code that a problem of the API carries. A code is never renamed; a code that is no longer sent stays in this list.
 * `docs/problems/<code>.md` explains each.
 *
 * 401 says that nobody is signed in by what was shown (a token, a log-in, words); what a request proves besides, whoever
 * it is by, is 403 where it does not hold: a new token would change nothing about it.
 */
export const ERRORS = {
  'request.invalid': problem(400, 'The request does not have the expected form'),
  'request.malformed-json': problem(400, 'The body is not acceptable JSON'),
  'request.too-large': problem(413, 'The request is too large'),
  'request.unsupported-media-type': problem(415, 'The body has a media type that is not accepted'),
  'request.not-found': problem(404, 'There is no such resource'),
  'request.method-not-allowed': problem(405, 'The resource does not have this method'),
  'request.timeout': problem(408, 'The request took too long to arrive'),
  'request.refused': problem(403, 'The request was refused'),
  'request.rate-limited': problem(429, 'Too many requests'),
  'server.internal': problem(500, 'The server failed'),
  'server.unavailable': problem(503, 'The server cannot answer at the moment'),
  'server.overloaded': problem(503, 'The server has more to do than it can'),

  'auth.unauthenticated': problem(401, 'A valid access token is needed'),
  'auth.token-expired': problem(401, 'The access token has expired'),
  'auth.session-ended': problem(401, 'The session has ended'),
  'auth.dpop-required': problem(401, 'A proof of the session key is needed'),
  'auth.dpop-nonce': problem(401, 'The proof of the session key needs a newer nonce'),
  'auth.dpop-refused': problem(401, 'A proof of the session key does not hold'),
  'auth.login-refused': problem(401, 'The log-in was refused'),
  'auth.challenge-refused': problem(403, 'The challenge is not valid'),
  'auth.challenge-used': problem(403, 'The challenge was used before'),
  'auth.proof-required': problem(403, 'A proof by the keys of the account is needed'),
  'auth.proof-refused': problem(403, 'A proof of an auth key does not hold'),
  'auth.key-refused': problem(422, 'An auth key is not valid'),
  'auth.suite-unknown': problem(422, 'The password suite is not known'),
  'auth.login-id-taken': problem(409, 'The loginId is taken'),
  'auth.user-id-taken': problem(409, 'The userId is taken'),
  'auth.registration-closed': problem(403, 'Registration is closed'),
  'auth.invitation-refused': problem(403, 'The invitation is not valid'),
  'auth.account-disabled': problem(403, 'The account is disabled'),
  'auth.refresh-refused': problem(401, 'The refresh token is not valid'),
  'auth.refresh-reused': problem(401, 'The refresh token was used before'),
  'auth.session-not-found': problem(404, 'There is no such session'),
  'auth.too-many-exports': problem(429, 'Too many exports of one account'),
  'auth.credentials-changed': problem(409, 'The credentials have changed in the meantime', {
    credentialVersion: integer,
  }),
  'auth.recovery-refused': problem(401, 'The recovery was refused'),
  'auth.escrow-refused': problem(422, 'The escrow is not the one that the service offers'),
  'auth.escrow-conflict': problem(409, 'The account has another escrow'),
  'auth.device-request-not-found': problem(404, 'There is no such request of a new device'),
  'auth.device-request-denied': problem(403, 'The new device was not approved'),
  'auth.device-request-conflict': problem(409, 'The request of the new device has got further', {
    state: optional(oneOf(...DEVICE_REQUEST_STATES)),
  }),
  'auth.device-proof-refused': problem(422, 'What a device has sent does not fit the exchange'),
  'auth.device-keys-superseded': problem(409, 'The device does not have the newest keys'),
  'auth.device-requests-full': problem(429, 'Too many new devices wait for approval'),
  'auth.reset-off': problem(403, 'Accounts are not reset here'),
  'auth.claim-refused': problem(401, 'The claim to the loginId was refused'),
  'auth.claim-not-ready': problem(403, 'The claim to the loginId does not count yet', { availableAt: optional(time) }),

  'keys.user-not-found': problem(404, 'There is no such user'),
  'keys.version-not-found': problem(404, 'The user has no such key version'),
  'keys.statement-refused': problem(422, 'The key statement is not valid', {
    reason: oneOf(...STATEMENT_FAULTS, 'wrong-clock', 'recovery-not-allowed', 'recovery-required'),
    member: optional(text),
    cause: optional(text),
  }),
  'keys.handle-refused': problem(422, 'The handle signature does not hold'),
  'keys.vault-refused': problem(422, 'The vault does not have the expected form', {
    reason: oneOf('wrong-format', 'too-short', 'too-long', 'wrong-signature'),
  }),
  'keys.version-conflict': problem(409, 'The key version exists with another statement', {
    head: keyStatement,
    vaultVersion: integer,
  }),
  'keys.vault-conflict': problem(409, 'The vault has changed in the meantime', {
    head: keyStatement,
    vaultVersion: integer,
  }),
  'keys.rotation-due': problem(409, "The sender's keys are too old", {
    rotation: objectOf({ keyVersion: integer, acceptedAt: time, dueSince: time }),
  }),

  'state.state-conflict': problem(409, 'The client state has changed in the meantime', { stateVersion: integer }),
  'state.state-refused': problem(422, 'The client state does not have the expected form', {
    reason: oneOf('wrong-format'),
  }),

  'blocks.full': problem(409, 'No more users can be blocked'),

  'messages.envelope-refused': problem(422, 'The envelope is not valid', {
    reason: oneOf(
      'malformed',
      'invalid-key',
      'wrong-slot',
      'wrong-message-id',
      'wrong-conversation-id',
      'wrong-slot-count',
      'wrong-recipient-count',
      'duplicate-recipient',
      'too-long',
      'too-short',
      'nonce-missing',
      'nonce-not-allowed',
      'nonce-length',
    ),
    member: optional(text),
    cause: optional(text),
    slot: optional(integer),
  }),
  'messages.recipient-unknown': problem(422, 'A recipient does not exist'),
  'messages.recipient-erased': problem(422, 'A recipient was erased'),
  'messages.stale-key-version': problem(409, 'A key version is not the newest', { statements: listOf(keyStatement) }),
  'messages.id-conflict': problem(409, 'The message id is in use'),
  'messages.not-found': problem(404, 'There is no such message in the mailbox'),
  'messages.ack-out-of-range': problem(422, 'The acknowledged position does not exist yet'),
  'messages.mailbox-full': problem(409, "A recipient's mailbox is full", {
    limit: objectOf({ of: oneOf('messages', 'bytes'), is: integer }),
  }),
  'messages.too-many-readers': problem(429, 'Too many readers of one mailbox'),
};

export type ErrorCode = keyof typeof ERRORS;

/** The members that problems with this code have besides those of RFC 9457. */
export type ErrorExtensions<C extends ErrorCode> = ValuesOf<(typeof ERRORS)[C]['members']>;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** What of RFC 9457 every problem has. */
export interface ProblemJson {
  /** Relative URI of the page that explains the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldErrorJson[];
}

/** A problem with this code, and with what this code adds. */
export type ProblemOf<C extends ErrorCode> = ProblemJson & { readonly code: C } & ErrorExtensions<C>;

/** One thing that is wrong: `pointer` (RFC 6901) into the body, or the name of a query or path `parameter`. */
export interface FieldErrorJson {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}
