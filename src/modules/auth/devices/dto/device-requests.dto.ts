import { DEVICE_REQUEST_STATES, LENGTHS, LIMITS } from '@sealpost/protocol';
import type {
  CollectDeviceRequestJson,
  CollectedDeviceJson,
  DeviceAnswerJson,
  DeviceRequestCreatedJson,
  DeviceRequestRequestJson,
  DeviceRequestState,
  DeviceStatusJson,
  DeviceStatusRequestJson,
  RevealDeviceRequestJson,
} from '@sealpost/protocol';
import {
  Base64UrlField,
  encodeBytes,
  EnumField,
  IntegerField,
  IntegerParameter,
  LoginIdField,
  ObjectField,
  TextField,
  UuidField,
} from '../../../../core/http/index.js';
import type { Decoded } from '../../../../core/http/index.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from '../../../keys/index.js';
import { TokensView } from '../../sessions/dto/tokens.view.js';
import { MAX_VERSION, SESSION_NAME } from '../../shared/dto/auth-fields.js';
import type { CollectedDevice } from '../device-collection.service.js';
import { stateOf } from '../device-request.js';
import type { DeviceAnswer, DeviceRequest } from '../device-request.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** No setting allows a longer wait. */
const WAIT = { min: 0, max: 30, optional: true, default: 0 };
const EXPIRES_AT = {
  description: `When the request is over, ${LIMITS.pairingSeconds / 60} minutes after it was made, in Unix milliseconds.`,
  ...TIME,
};
const TOKEN = {
  description: 'The secret that the new device made for this request.',
  length: LENGTHS.pairingToken,
};
const STATE = {
  description: 'How far the request has got.',
  values: DEVICE_REQUEST_STATES,
  name: 'DeviceRequestState',
};

export class DeviceRequestParams {
  @UuidField({ description: 'The id of the request, as the new device made it.' })
  readonly id!: string;
}

export class WaitQuery {
  @IntegerParameter({ description: 'Seconds to wait, where `known` is the present state, for the next one.', ...WAIT })
  readonly wait: number = 0;
}

export class DeviceRequestDto implements Decoded<DeviceRequestRequestJson, 'commitment' | 'token'> {
  @UuidField({ description: 'Made by the client: a repetition has the same.' })
  readonly id!: string;

  @LoginIdField({ description: 'Whose account the device wants to join, normalised.' })
  readonly loginId!: string;

  @TextField({
    description: 'What the device calls itself to its user; its session gets this name.',
    ...SESSION_NAME,
    optional: true,
  })
  readonly deviceName?: string;

  @Base64UrlField({
    description: 'Commits to the ephemeral key and the nonce of the device (protocol section 10).',
    length: LENGTHS.hash,
  })
  readonly commitment!: Uint8Array;

  @Base64UrlField(TOKEN)
  readonly token!: Uint8Array;
}

export class DeviceRequestCreatedView implements DeviceRequestCreatedJson {
  @UuidField({ description: 'The request.' })
  readonly id: string;

  @IntegerField(EXPIRES_AT)
  readonly expiresAt: number;

  constructor(request: DeviceRequest) {
    this.id = request.id;
    this.expiresAt = request.expiresAt;
  }
}

export class DeviceStatusDto implements Decoded<DeviceStatusRequestJson, 'token'> {
  @Base64UrlField(TOKEN)
  readonly token!: Uint8Array;

  @EnumField({ ...STATE, description: 'The state to wait for the end of.', optional: true })
  readonly known?: DeviceRequestState;
}

export class DeviceAnswerView implements DeviceAnswerJson {
  @UuidField({ description: 'Whose account it is.' })
  readonly userId: string;

  @IntegerField({
    description: 'The newest key version of the account, as the approving device knows it.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly keyVersion: number;

  @Base64UrlField({ description: 'Hash of its statement.', length: LENGTHS.hash })
  readonly keysHash: string;

  @Base64UrlField({ description: 'Of the approver.', length: LENGTHS.pairingNonce })
  readonly nonce: string;

  constructor(answer: DeviceAnswer) {
    this.userId = answer.userId;
    this.keyVersion = answer.keyVersion;
    this.keysHash = encodeBytes(answer.keysHash);
    this.nonce = encodeBytes(answer.approverNonce);
  }
}

export class DeviceStatusView implements DeviceStatusJson {
  @EnumField(STATE)
  readonly state: DeviceRequestState;

  @IntegerField(EXPIRES_AT)
  readonly expiresAt: number;

  @ObjectField(() => DeviceAnswerView, { description: 'From `answered` on.', optional: true })
  readonly answer?: DeviceAnswerView;

  constructor(request: DeviceRequest) {
    this.state = stateOf(request);
    this.expiresAt = request.expiresAt;
    if (request.answer !== null) this.answer = new DeviceAnswerView(request.answer);
  }
}

export class RevealDeviceRequestDto implements Decoded<
  RevealDeviceRequestJson,
  'token' | 'kemPublicKey' | 'nonce' | 'sessionKey'
> {
  @Base64UrlField(TOKEN)
  readonly token!: Uint8Array;

  @Base64UrlField({
    description: 'The ephemeral X-Wing public key that the device has committed to.',
    length: LENGTHS.kemPublicKey,
  })
  readonly kemPublicKey!: Uint8Array;

  @Base64UrlField({ description: 'The nonce that the device has committed to.', length: LENGTHS.pairingNonce })
  readonly nonce!: Uint8Array;

  @Base64UrlField({
    description:
      'RFC 7638 thumbprint of the key that its session is to be bound to, which it has committed to as well.',
    length: LENGTHS.thumbprint,
    optional: true,
  })
  readonly sessionKey?: Uint8Array;
}

export class CollectDeviceRequestDto implements Decoded<CollectDeviceRequestJson, 'token'> {
  @Base64UrlField(TOKEN)
  readonly token!: Uint8Array;
}

export class CollectedDeviceView extends TokensView implements CollectedDeviceJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.' })
  readonly sessionId: string;

  @VaultField()
  readonly vault: string;

  @VaultVersionField()
  readonly vaultVersion: number;

  @VaultKeyVersionField()
  readonly keyVersion: number;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  @Base64UrlField({
    description: 'The vault key, encrypted by the approving device to the key of the new one, and its signature.',
    length: LENGTHS.handover,
  })
  readonly handover: string;

  constructor({ sessionId, tokens, account, vault, handover }: CollectedDevice) {
    super(tokens);
    this.userId = account.userId;
    this.sessionId = sessionId;
    this.vault = encodeBytes(vault.vault);
    this.vaultVersion = vault.vaultVersion;
    this.keyVersion = vault.keyVersion;
    this.credentialVersion = account.credentialVersion;
    this.handover = encodeBytes(handover);
  }
}
