import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser } from '../../../core/http/index.js';
import { AccountOverview } from './account-overview.service.js';
import { AccountView } from './dto/account.dto.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class AccountController {
  constructor(private readonly overview: AccountOverview) {}

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
}
