import { Body, Controller, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  ClientGone,
  CurrentActor,
  DeviceToken,
  Public,
  SessionProof,
  TakesDeviceToken,
  TakesSessionProof,
} from '../../../core/http/index.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { ClientAddress, RateLimit } from '../../../core/rate-limit/index.js';
import { DeviceCollection } from './device-collection.service.js';
import { DeviceRequestsService } from './device-requests.service.js';
import {
  CollectDeviceRequestDto,
  CollectedDeviceView,
  DeviceRequestCreatedView,
  DeviceRequestDto,
  DeviceRequestParams,
  DeviceStatusDto,
  DeviceStatusView,
  RevealDeviceRequestDto,
  WaitQuery,
} from './dto/device-requests.dto.js';

/** What a new device calls, without a session. Its token is in the body: addresses end up in logs. */
@ApiTags('devices')
@Public()
@Controller('v1/auth/device-requests')
export class DeviceRequestsController {
  constructor(
    private readonly devices: DeviceRequestsService,
    private readonly collection: DeviceCollection,
  ) {}

  @Post()
  @TakesDeviceToken()
  @AnswersAtFixedTime()
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'requestDevice',
    summary: 'Ask to join an account as a new device',
    description:
      'Makes a request that the signed-in devices of the loginId find with `GET /v1/account/device-requests` for ten minutes. ' +
      'The device commits to an ephemeral key and to a nonce; it reveals both once a device has answered. Nobody is ' +
      'asked whether the loginId exists: a request for one that nobody has waits like one that nobody answers. The same ' +
      'request again gets the same answer.',
  })
  @ApiCreatedResponse({ type: DeviceRequestCreatedView, description: 'The request waits for an answer.' })
  @ApiProblems('auth.device-request-conflict', 'auth.device-requests-full')
  async request(
    @ClientAddress() address: string,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: DeviceRequestDto,
  ): Promise<DeviceRequestCreatedView> {
    const { id, loginId, deviceName = '', commitment, token } = body;
    const wanted = { id, loginId, deviceName, commitment };
    return new DeviceRequestCreatedView(await this.devices.open(wanted, token, { address, deviceToken }));
  }

  @Post(':id/status')
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateRefreshPerAddress')
  @ApiOperation({
    operationId: 'getDeviceRequestStatus',
    summary: "See how far one's own request has got",
    description:
      'For the new device, which shows its token. With `wait` and `known` the answer comes when the request has left the ' +
      'known state, or as it is when the time is over.',
  })
  @ApiOkResponse({ type: DeviceStatusView, description: 'The request as it is.' })
  @ApiProblems('auth.device-request-not-found', 'auth.device-request-denied')
  async status(
    @Param() { id }: DeviceRequestParams,
    @Query() { wait }: WaitQuery,
    @Body() { token, known }: DeviceStatusDto,
    @ClientGone() gone: AbortSignal,
  ): Promise<DeviceStatusView> {
    const options = { seconds: known === undefined ? 0 : wait, signals: [gone] };
    return new DeviceStatusView(await this.devices.status(id, token, known, options));
  }

  @Post(':id/reveal')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RateLimit('rateRefreshPerAddress')
  @ApiOperation({
    operationId: 'revealDeviceRequest',
    summary: 'Reveal what the new device has committed to',
    description:
      'For the new device, once its request is `answered`. It shows its user the code of the two sides from then on. The ' +
      'server and the approving device hold what is revealed against the commitment. The same again is a repetition.',
  })
  @ApiNoContentResponse({ description: 'The approving device sees it.' })
  @ApiProblems(
    'auth.device-request-not-found',
    'auth.device-request-denied',
    'auth.device-request-conflict',
    'auth.device-proof-refused',
  )
  async reveal(@Param() { id }: DeviceRequestParams, @Body() body: RevealDeviceRequestDto): Promise<void> {
    const { token, kemPublicKey, nonce, sessionKey } = body;
    await this.devices.reveal(id, token, { kemPublicKey, deviceNonce: nonce, sessionKey });
  }

  @Post(':id/collect')
  @TakesSessionProof()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateRefreshPerAddress')
  @ApiOperation({
    operationId: 'collectDeviceRequest',
    summary: 'Collect what was approved',
    description:
      'Opens a session for the new device and hands out the encrypted vault key, once. A device that lost the answer may ' +
      'ask again for 30 seconds and gets the same session. Where the credentials of the account were changed after the ' +
      'approval, or the approving session was ended, the approval does not count any more. Where the device has revealed ' +
      'the thumbprint of a session key, it owes a proof of that key (header DPoP), which the session is bound to.',
  })
  @ApiOkResponse({ type: CollectedDeviceView, description: 'A session is open.' })
  @ApiProblems(
    'auth.device-request-not-found',
    'auth.device-request-denied',
    'auth.device-request-conflict',
    'auth.account-disabled',
  )
  async collect(
    @CurrentActor() actor: Actor,
    @Param() { id }: DeviceRequestParams,
    @SessionProof() proof: PresentedProof,
    @Body() { token }: CollectDeviceRequestDto,
  ): Promise<CollectedDeviceView> {
    return new CollectedDeviceView(await this.collection.collect(id, token, proof, actor));
  }
}
