import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LIMITS } from '@sealpost/protocol';
import type { OwnerProof } from '../../core/accounts/index.js';
import {
  ApiProblems,
  type Caller,
  CurrentUser,
  LargeBody,
  OwnersProof,
  TakesOwnerProof,
} from '../../core/http/index.js';
import { AccountRateLimit } from '../../core/rate-limit/index.js';
import { PutStateDto, PutStateView, StateView } from './dto/state.dto.js';
import { StateService } from './state.service.js';

/** The largest state in base64url, and what is around it. */
const LARGEST_BODY = Math.ceil((LIMITS.stateBytes * 4) / 3) + 1024;

@ApiTags('state')
@ApiBearerAuth()
@Controller('v1/state')
export class StateController {
  constructor(private readonly states: StateService) {}

  @Get()
  @ApiOperation({
    operationId: 'getState',
    summary: "Read the state that one's clients share",
    description:
      'What the clients of this account know of others (pinned keys, verified marks, heads of streams), encrypted under the vault key, with what is needed to open it. Before anything was stored the answer has `stateVersion` 0 and nothing else.',
  })
  @ApiOkResponse({ type: StateView, description: 'The state.' })
  async get(@CurrentUser() caller: Caller): Promise<StateView> {
    return new StateView(await this.states.find(caller.userId));
  }

  @Put()
  @TakesOwnerProof(false)
  @LargeBody(LARGEST_BODY)
  @AccountRateLimit('rateStatePerAccount')
  @ApiOperation({
    operationId: 'putState',
    summary: "Store the state that one's clients share",
    description:
      'Replaces the stored state by one that was made from it: `stateVersion` is one more, and `previousHash` its hash. Otherwise another client came first; the 409 carries the current `stateVersion`: fetch the state, merge it, and repeat. The very same request again succeeds and changes nothing. The action that is proven is `put-state`.',
  })
  @ApiOkResponse({ type: PutStateView, description: 'It is stored.' })
  @ApiProblems('state.state-refused', 'state.state-conflict')
  async put(
    @CurrentUser() caller: Caller,
    @Body() body: PutStateDto,
    @OwnersProof() proof: OwnerProof,
  ): Promise<PutStateView> {
    await this.states.put(caller.userId, body, proof);
    return new PutStateView(body.stateVersion);
  }
}
