import { ACCOUNT_EVENT_KINDS } from '@sealpost/protocol';
import type { AccountEventJson, AccountEventKind, AccountEventsJson } from '@sealpost/protocol';
import {
  ArrayField,
  EnumField,
  IntegerField,
  IntegerParameter,
  LimitParameter,
  NextField,
  type Page,
  TextField,
  UuidField,
} from '../../../../core/http/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import type { RecordedEvent } from '../account-event.js';
import { MAX_VERSION } from '../../shared/dto/auth-fields.js';

const MAX_ID = Number.MAX_SAFE_INTEGER;
const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };
const PAGE = { max: 200, default: 50 };

export class AccountEventsQuery {
  @IntegerParameter({
    description: 'Only events before this one; take `next` of the page before. Absent: from the newest on.',
    min: 1,
    max: MAX_ID,
    optional: true,
    example: 1024,
  })
  readonly before: number = MAX_ID;

  @LimitParameter(PAGE)
  readonly limit: number = PAGE.default;
}

export class AccountEventView implements AccountEventJson {
  @IntegerField({ description: 'Counts the events of the account, from 1.', min: 1, max: MAX_ID, example: 1024 })
  readonly id: number;

  @IntegerField({ description: 'When, in Unix milliseconds.', ...TIME, example: EXAMPLE.now })
  readonly at: number;

  @EnumField({ description: 'What happened.', values: ACCOUNT_EVENT_KINDS, example: 'logged-in' })
  readonly kind: AccountEventKind;

  @UuidField({
    description: 'The session that did it, or that was opened by it; absent where there was none.',
    optional: true,
    example: EXAMPLE.sessionId,
  })
  readonly sessionId?: string;

  @TextField({
    description: 'As that session was named.',
    ...SESSION_NAME,
    optional: true,
    example: 'Firefox on Linux',
  })
  readonly sessionName?: string;

  @TextField({
    description: 'Families of product and operating system, as the client called itself; absent where not known.',
    min: 1,
    max: 64,
    optional: true,
    example: 'Firefox on Linux',
  })
  readonly client?: string;

  @UuidField({
    description: 'Another session that it was about, e.g. the one that was ended.',
    optional: true,
    example: EXAMPLE.sessionId,
  })
  readonly otherSessionId?: string;

  @IntegerField({
    description: 'The key version that it led to.',
    min: 1,
    max: MAX_VERSION,
    optional: true,
    example: 2,
  })
  readonly keyVersion?: number;

  @TextField({
    description: 'A short code where the kind needs one, e.g. why a session was ended.',
    min: 1,
    max: 64,
    optional: true,
    example: 'revoked',
  })
  readonly detail?: string;

  constructor(event: RecordedEvent) {
    this.id = event.id;
    this.at = event.at;
    this.kind = event.kind;
    if (event.sessionId !== null) this.sessionId = event.sessionId;
    if (event.sessionName !== null) this.sessionName = event.sessionName;
    if (event.client !== null) this.client = event.client;
    if (event.otherSessionId !== null) this.otherSessionId = event.otherSessionId;
    if (event.keyVersion !== null) this.keyVersion = event.keyVersion;
    if (event.detail !== null) this.detail = event.detail;
  }
}

export class AccountEventsView implements AccountEventsJson {
  @ArrayField(() => AccountEventView, { description: 'The newest first.', minItems: 0, maxItems: PAGE.max })
  readonly items: readonly AccountEventView[];

  @NextField('before', 1024)
  readonly next?: number;

  constructor({ items, next }: Page<RecordedEvent>) {
    this.items = items.map((event) => new AccountEventView(event));
    if (next !== undefined) this.next = next;
  }
}
