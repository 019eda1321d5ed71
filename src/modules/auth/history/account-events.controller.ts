import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ACCOUNT_EVENT_KINDS } from '@sealpost/protocol';
import type { AccountEventJson, AccountEventKind, AccountEventsJson } from '@sealpost/protocol';
import {
  ArrayField,
  CurrentUser,
  EnumField,
  IntegerField,
  IntegerParameter,
  LimitParameter,
  NextField,
  TextField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Caller, Page } from '../../../core/http/index.js';
import { MAX_VERSION, SESSION_NAME } from '../shared/dto/auth-fields.js';
import type { RecordedEvent } from './account-events.repository.js';
import { AccountEvents } from './account-events.service.js';

const MAX_ID = Number.MAX_SAFE_INTEGER;
const PAGE = { max: 200, default: 50 };

export class AccountEventsQuery {
  @IntegerParameter({
    description: 'Only events before this one; take `next` of the page before. Absent: from the newest on.',
    min: 1,
    max: MAX_ID,
    optional: true,
  })
  readonly before: number = MAX_ID;

  @LimitParameter(PAGE)
  readonly limit: number = PAGE.default;
}

export class AccountEventView implements AccountEventJson {
  @IntegerField({ description: 'Counts the events of the account, from 1.', min: 1, max: MAX_ID })
  readonly id: number;

  @TimeField({ description: 'When.' })
  readonly at: number;

  @EnumField({ description: 'What happened.', values: ACCOUNT_EVENT_KINDS, name: 'AccountEventKind' })
  readonly kind: AccountEventKind;

  @UuidField({
    description: 'The session that did it, or that was opened by it; absent where there was none.',
    optional: true,
  })
  readonly sessionId?: string;

  @TextField({ description: 'As that session was named.', ...SESSION_NAME, optional: true })
  readonly sessionName?: string;

  @TextField({
    description: 'Families of product and operating system, as the client called itself; absent where not known.',
    min: 1,
    max: 64,
    optional: true,
  })
  readonly client?: string;

  @UuidField({ description: 'Another session that it was about, e.g. the one that was ended.', optional: true })
  readonly otherSessionId?: string;

  @IntegerField({ description: 'The key version that it led to.', min: 1, max: MAX_VERSION, optional: true })
  readonly keyVersion?: number;

  @TextField({
    description: 'A short code where the kind needs one, e.g. why a session was ended.',
    min: 1,
    max: 64,
    optional: true,
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

  @NextField('before')
  readonly next?: number;

  constructor({ items, next }: Page<RecordedEvent>) {
    this.items = items.map((event) => new AccountEventView(event));
    if (next !== undefined) this.next = next;
  }
}

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class AccountEventsController {
  constructor(private readonly events: AccountEvents) {}

  @Get('events')
  @ApiOperation({
    operationId: 'listAccountEvents',
    summary: "Read the history of one's own account",
    description:
      'What happened to the account, the newest first: registration, log-ins, changes of credentials and keys, with ' +
      'time, session and families of product and operating system. Nothing in it is secret, an address, or from a ' +
      'message. Entries are added in the transaction of what they tell of, and never changed.',
  })
  @ApiOkResponse({ type: AccountEventsView, description: 'A page of the history.' })
  async listEvents(@CurrentUser() { userId }: Caller, @Query() query: AccountEventsQuery): Promise<AccountEventsView> {
    return new AccountEventsView(await this.events.list(userId, query));
  }
}
