import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser } from '../../core/http/index.js';
import { AccountEvents } from './account-events.service.js';
import { AccountOverview } from './account-overview.service.js';
import { AccountEventsQuery, AccountEventsView, AccountView } from './dto/account.dto.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class AccountController {
  constructor(
    private readonly overview: AccountOverview,
    private readonly events: AccountEvents,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'getAccount',
    summary: "Read one's own account",
    description:
      'Who the caller is, which version of the credentials a change has to build upon, and whether there is an escrow.',
  })
  @ApiOkResponse({ type: AccountView, description: 'The account of the caller.' })
  async getAccount(@CurrentUser() { userId }: Caller): Promise<AccountView> {
    return new AccountView(await this.overview.get(userId));
  }

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
