import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser } from '../../../core/http/index.js';
import { AccountEvents } from './account-events.service.js';
import { AccountEventsQuery, AccountEventsView } from './dto/account-events.dto.js';

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
