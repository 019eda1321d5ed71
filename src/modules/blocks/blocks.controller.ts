import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { OwnerProof } from '../../core/accounts/index.js';
import { ApiProblems, type Caller, CurrentUser, OwnersProof, TakesOwnerProof } from '../../core/http/index.js';
import { BlocksService } from './blocks.service.js';
import { BlockParams, BlocksQuery, BlocksView } from './dto/blocks.dto.js';

@ApiTags('blocks')
@ApiBearerAuth()
@Controller('v1/blocks')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Get()
  @ApiOperation({
    operationId: 'getBlocks',
    summary: 'List whom the caller has blocked',
    description: 'Ascending by userId, page by page. Nobody but the caller sees the list.',
  })
  @ApiOkResponse({ type: BlocksView, description: 'A page of the list.' })
  async list(@CurrentUser() caller: Caller, @Query() { after, limit }: BlocksQuery): Promise<BlocksView> {
    return new BlocksView(await this.blocks.page(caller.userId, after, limit));
  }

  @Put(':userId')
  @TakesOwnerProof()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'blockUser',
    summary: 'Keep the messages of a user away',
    description:
      'From now on what the user sends does not get into the mailbox of the caller. The sender is answered as if it did; other recipients get their messages. Blocking somebody who is blocked changes nothing. The action that is proven is `block`.',
  })
  @ApiNoContentResponse({ description: 'The user is blocked.' })
  @ApiProblems('keys.user-not-found', 'blocks.full')
  async block(
    @CurrentUser() caller: Caller,
    @Param() { userId }: BlockParams,
    @OwnersProof() proof: OwnerProof,
  ): Promise<void> {
    await this.blocks.block(caller.userId, userId, proof);
  }

  @Delete(':userId')
  @TakesOwnerProof()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'unblockUser',
    summary: 'Let the messages of a user in again',
    description:
      'What was sent in the meantime stays away. It succeeds also where the user is not blocked. The action that is proven is `unblock`.',
  })
  @ApiNoContentResponse({ description: 'The user is not blocked.' })
  @ApiProblems('keys.user-not-found')
  async unblock(
    @CurrentUser() caller: Caller,
    @Param() { userId }: BlockParams,
    @OwnersProof() proof: OwnerProof,
  ): Promise<void> {
    await this.blocks.unblock(caller.userId, userId, proof);
  }
}
