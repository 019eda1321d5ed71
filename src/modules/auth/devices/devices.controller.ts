import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { ApiProblems, type Caller, ClientGone, CurrentActor, CurrentUser } from '../../../core/http/index.js';
import { DeviceApprovals } from './device-approvals.service.js';
import { DeviceRequestParams } from './dto/device-requests.dto.js';
import {
  AnswerDeviceRequestDto,
  ApproveDeviceRequestDto,
  PendingDeviceQuery,
  PendingDevicesView,
  PendingDeviceView,
} from './dto/devices.dto.js';

/** What a signed-in device calls to approve a new one. */
@ApiTags('devices')
@ApiBearerAuth()
@Controller('v1/account/device-requests')
export class DevicesController {
  constructor(private readonly approvals: DeviceApprovals) {}

  @Get()
  @ApiOperation({
    operationId: 'listDeviceRequests',
    summary: 'List new devices that want to join',
    description:
      'The requests for the loginId of the caller’s account that are neither denied nor over. Anybody can make one: only ' +
      'the code that a new device shows tells that a request is its.',
  })
  @ApiOkResponse({ type: PendingDevicesView, description: 'The requests.' })
  async list(@CurrentUser() caller: Caller): Promise<PendingDevicesView> {
    return new PendingDevicesView(await this.approvals.list(caller));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getDeviceRequest',
    summary: 'Read the request of a new device',
    description:
      'With `wait` and `known` the answer comes when the request has left the known state, e.g. when the new device has ' +
      'revealed its key, or as it is when the time is over.',
  })
  @ApiOkResponse({ type: PendingDeviceView, description: 'The request as it is.' })
  @ApiProblems('auth.device-request-not-found', 'auth.device-request-denied')
  async get(
    @CurrentUser() caller: Caller,
    @Param() { id }: DeviceRequestParams,
    @Query() { wait, known }: PendingDeviceQuery,
    @ClientGone() gone: AbortSignal,
  ): Promise<PendingDeviceView> {
    const options = { seconds: known === undefined ? 0 : wait, signals: [gone] };
    return new PendingDeviceView(await this.approvals.get(caller, id, known, options));
  }

  @Post(':id/answer')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'answerDeviceRequest',
    summary: 'Answer a new device',
    description:
      'Names the keys of the account and a nonce, after the commitment of the new device was read. Of several devices ' +
      'one answers a request, and only it can approve. Nothing is handed over yet. The keys have to be the newest ones. The ' +
      'same answer again is a repetition.',
  })
  @ApiOkResponse({ type: PendingDeviceView, description: 'The new device sees the answer.' })
  @ApiProblems(
    'auth.device-request-not-found',
    'auth.device-request-denied',
    'auth.device-request-conflict',
    'auth.device-keys-superseded',
  )
  async answer(
    @CurrentUser() caller: Caller,
    @Param() { id }: DeviceRequestParams,
    @Body() { keyVersion, keysHash, nonce }: AnswerDeviceRequestDto,
  ): Promise<PendingDeviceView> {
    const answer = { keyVersion, keysHash, approverNonce: nonce };
    return new PendingDeviceView(await this.approvals.answer(caller, id, answer));
  }

  @Post(':id/approve')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'approveDeviceRequest',
    summary: 'Hand the vault key over to a new device',
    description:
      'Stores the vault key, encrypted to the key of the new device, until that device collects it. Only the session that ' +
      'answered can, after the new device has revealed, and after its user has compared the code; and the newest signing ' +
      'key of the account has to have signed it for this exchange. The same again is a repetition.',
  })
  @ApiNoContentResponse({ description: 'The new device can collect.' })
  @ApiProblems(
    'auth.device-request-not-found',
    'auth.device-request-denied',
    'auth.device-request-conflict',
    'auth.device-keys-superseded',
    'auth.device-proof-refused',
  )
  async approve(
    @CurrentUser() caller: Caller,
    @CurrentActor() actor: Actor,
    @Param() { id }: DeviceRequestParams,
    @Body() { handover }: ApproveDeviceRequestDto,
  ): Promise<void> {
    await this.approvals.approve(caller, id, handover, actor);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'denyDeviceRequest',
    summary: 'Deny the request of a new device',
    description:
      'Ends the request, whichever device has answered it, as long as the new device has not collected. The new device ' +
      'is told only where it had an answer before.',
  })
  @ApiNoContentResponse({ description: 'The request is denied.' })
  @ApiProblems('auth.device-request-not-found', 'auth.device-request-conflict')
  async deny(@CurrentUser() caller: Caller, @Param() { id }: DeviceRequestParams): Promise<void> {
    await this.approvals.deny(caller, id);
  }
}
