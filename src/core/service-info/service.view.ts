import {
  DPOP_MODES,
  type DpopMode,
  LENGTHS,
  LIMITS,
  MESSAGE_SUITES,
  type MessageSuite,
  type OfferedEscrowJson,
  type ServiceJson,
  type ServiceRetentionJson,
} from '@sealpost/protocol';
import { type RegistrationMode, type Settings } from '../config/index.js';
import {
  ArrayField,
  Base64UrlField,
  encodeBytes,
  EnumField,
  IntegerField,
  ObjectField,
  oneOf,
  TextField,
} from '../http/index.js';

const MAX_SECONDS = 30;
const MAX_RETENTION_SECONDS = 3650 * 86_400;

export class ServiceLimitsView {
  @IntegerField({ min: 1, max: LIMITS.recipients, description: 'Recipients of one message.' })
  readonly recipients: number = LIMITS.recipients;

  @IntegerField({ min: 1, max: LIMITS.ciphertextBytes, description: 'Bytes of one message, decoded.' })
  readonly ciphertextBytes: number = LIMITS.ciphertextBytes;

  @IntegerField({
    min: 0,
    max: MAX_SECONDS,
    description: 'Seconds that a request for messages may wait for the first new one.',
  })
  readonly longPollSeconds: number;

  constructor(settings: Settings) {
    this.longPollSeconds = settings.longPollMaxSeconds;
  }
}

export class ServiceRetentionView implements ServiceRetentionJson {
  @IntegerField({
    min: 1,
    max: MAX_RETENTION_SECONDS,
    description: 'The largest `expiresInSeconds` that a sender may ask for.',
  })
  readonly maxExpiresInSeconds: number;

  @IntegerField({
    min: 1,
    max: MAX_RETENTION_SECONDS,
    optional: true,
    description: 'Messages without `expiresInSeconds` expire after so many seconds. Absent: they do not expire.',
  })
  readonly defaultExpiresInSeconds?: number;

  @IntegerField({
    min: 0,
    max: MAX_RETENTION_SECONDS,
    optional: true,
    description:
      'What a user has acknowledged is deleted from that mailbox, not before so many seconds later; clients keep what ' +
      'they need. Absent: it is kept.',
  })
  readonly deleteAfterAckSeconds?: number;

  constructor({ maxMessageTtlSeconds, mailboxMaxAgeSeconds, deleteAfterAckSeconds }: Settings) {
    this.maxExpiresInSeconds = Math.min(maxMessageTtlSeconds, mailboxMaxAgeSeconds ?? maxMessageTtlSeconds);
    if (mailboxMaxAgeSeconds !== undefined) this.defaultExpiresInSeconds = mailboxMaxAgeSeconds;
    if (deleteAfterAckSeconds !== undefined) this.deleteAfterAckSeconds = deleteAfterAckSeconds;
  }
}

export class OfferedEscrowView implements OfferedEscrowJson {
  @Base64UrlField({
    description:
      'X-Wing public key of the escrow. Never use it but where its fingerprint, which the client computes itself, is the ' +
      'one that the client was configured with.',
    length: LENGTHS.kemPublicKey,
  })
  readonly publicKey: string;

  constructor(publicKey: Uint8Array) {
    this.publicKey = encodeBytes(publicKey);
  }
}

export class ServiceView implements ServiceJson {
  @TextField({
    min: 1,
    max: 253,
    description:
      "The service's logical name. A client compares it with the one it was configured with; it never takes it from here.",
  })
  readonly serviceId: string;

  @EnumField({ values: [1], description: 'The version of the protocol.' })
  readonly protocolVersion = 1;

  @EnumField({ values: ['open', 'invitation', 'closed'], description: 'Who may register.' })
  readonly registration: RegistrationMode;

  @EnumField({
    values: DPOP_MODES,
    description:
      'Where a proof of the session key (RFC 9449) is needed: by sessions that are bound to one, for what outlives the ' +
      'access token (`optional`); by all sessions, which are all bound (`required`); or for every request (`everywhere`).',
  })
  readonly dpop: DpopMode;

  @EnumField({ values: [1, 2], description: 'The password suite that new accounts are to use.' })
  readonly passwordSuite: number;

  @ArrayField(oneOf(MESSAGE_SUITES, 'MessageSuite'), {
    minItems: 1,
    maxItems: MESSAGE_SUITES.length,
    unique: true,
    description: 'The message suites that the server accepts, the preferred one first.',
  })
  readonly messageSuites: readonly MessageSuite[] = MESSAGE_SUITES;

  @ObjectField(() => ServiceLimitsView, { description: 'What the server accepts at most.' })
  readonly limits: ServiceLimitsView;

  @ObjectField(() => ServiceRetentionView, { description: 'How long the server keeps messages.' })
  readonly retention: ServiceRetentionView;

  @ObjectField(() => OfferedEscrowView, {
    description: 'The escrow that the operator offers. Absent: none.',
    optional: true,
  })
  readonly escrow?: OfferedEscrowView;

  @IntegerField({
    min: 3600,
    max: MAX_RETENTION_SECONDS,
    optional: true,
    description:
      'Who sends must have made their newest keys at most so many seconds ago, or gets a 409 `keys.rotation-due`. ' +
      'Absent: keys may be of any age.',
  })
  readonly keysMaxAgeSeconds?: number;

  constructor(settings: Settings) {
    if (settings.keysMaxAgeSeconds !== undefined) this.keysMaxAgeSeconds = settings.keysMaxAgeSeconds;
    this.serviceId = settings.serviceId;
    this.registration = settings.registration;
    this.dpop = settings.dpop;
    this.passwordSuite = settings.passwordSuite;
    this.limits = new ServiceLimitsView(settings);
    this.retention = new ServiceRetentionView(settings);
    const { escrowPublicKey } = settings;
    if (escrowPublicKey !== undefined) this.escrow = new OfferedEscrowView(escrowPublicKey);
  }
}
