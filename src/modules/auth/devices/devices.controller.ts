import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DEVICE_REQUEST_STATES, LENGTHS, LIMITS } from '@sealpost/protocol';
import type {
  AnswerDeviceRequestJson,
  ApproveDeviceRequestJson,
  DeviceRequestState,
  PendingDeviceJson,
  PendingDevicesJson,
} from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  ArrayField,
  Base64UrlField,
  ClientGone,
  CurrentActor,
  CurrentUser,
  encodeBytes,
  EnumField,
  IntegerField,
  TextField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Caller, Decoded } from '../../../core/http/index.js';
import { MAX_VERSION, SESSION_NAME } from '../shared/dto/auth-fields.js';
import { DeviceApprovals } from './device-approvals.service.js';
import { stateOf } from './device-request.js';
import type { DeviceRequest } from './device-request.js';
import { DeviceRequestParams, WaitQuery } from './dto/device-requests.dto.js';

export class PendingDeviceQuery extends WaitQuery {
  @EnumField({
    description: 'The state to wait for the end of.',
    values: DEVICE_REQUEST_STATES,
    name: 'DeviceRequestState',
    optional: true,
  })
  readonly known?: DeviceRequestState;
}

export class PendingDeviceView implements PendingDeviceJson {
  @UuidField({ description: 'The request.' })
  readonly id: string;

  @EnumField({ description: 'How far it has got.', values: DEVICE_REQUEST_STATES, name: 'DeviceRequestState' })
  readonly state: DeviceRequestState;

  @TextField({
    description: 'What the device calls itself. Anybody can call a device anything.',
    ...SESSION_NAME,
    optional: true,
  })
  readonly deviceName?: string;

  @Base64UrlField({ description: 'To the ephemeral key and the nonce of the device.', length: LENGTHS.hash })
  readonly commitment: string;

  @TimeField({ description: 'When it was made.' })
  readonly createdAt: number;

  @TimeField({ description: 'When it is over.' })
  readonly expiresAt: number;

  @Base64UrlField({
    description: 'The ephemeral X-Wing public key, from `revealed` on.',
    length: LENGTHS.kemPublicKey,
    optional: true,
  })
  readonly kemPublicKey?: string;

  @Base64UrlField({
    description: 'The nonce of the device, from `revealed` on.',
    length: LENGTHS.pairingNonce,
    optional: true,
  })
  readonly nonce?: string;

  @Base64UrlField({
    description: 'RFC 7638 thumbprint of the key that its session is to be bound to, from `revealed` on.',
    length: LENGTHS.thumbprint,
    optional: true,
  })
  readonly sessionKey?: string;

  constructor(request: DeviceRequest) {
    this.id = request.id;
    this.state = stateOf(request);
    if (request.deviceName !== '') this.deviceName = request.deviceName;
    this.commitment = encodeBytes(request.commitment);
    this.createdAt = request.createdAt;
    this.expiresAt = request.expiresAt;
    if (request.offer === null) return;
    this.kemPublicKey = encodeBytes(request.offer.kemPublicKey);
    this.nonce = encodeBytes(request.offer.deviceNonce);
    if (request.offer.sessionKey !== undefined) this.sessionKey = encodeBytes(request.offer.sessionKey);
  }
}

export class PendingDevicesView implements PendingDevicesJson {
  @ArrayField(() => PendingDeviceView, {
    description: 'The oldest first.',
    minItems: 0,
    maxItems: LIMITS.pairingRequests,
  })
  readonly items: readonly PendingDeviceView[];

  constructor(requests: readonly DeviceRequest[]) {
    this.items = requests.map((request) => new PendingDeviceView(request));
  }
}

export class AnswerDeviceRequestDto implements Decoded<AnswerDeviceRequestJson, 'keysHash' | 'nonce'> {
  @IntegerField({
    description: 'The newest key version of the account, as this device knows it.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly keyVersion!: number;

  @Base64UrlField({ description: 'Hash of its statement.', length: LENGTHS.hash })
  readonly keysHash!: Uint8Array;

  @Base64UrlField({ description: 'Random bytes, made after the commitment was read.', length: LENGTHS.pairingNonce })
  readonly nonce!: Uint8Array;
}

export class ApproveDeviceRequestDto implements Decoded<ApproveDeviceRequestJson, 'handover'> {
  @Base64UrlField({
    description: 'The vault key, encrypted to the ephemeral key of the new device, and the signature of this one.',
    length: LENGTHS.handover,
  })
  readonly handover!: Uint8Array;
}

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
