import type {
  CancelResetsRequestJson,
  OpenResetJson,
  OpenResetRequestJson,
  PendingResetsJson,
  ResetClaimJson,
  ResetClaimRequestJson,
  ResetKeysJson,
  ResetKeysRequestJson,
} from '@sealpost/protocol';
import type { Access } from './access.js';
import type { DeviceTokenSource } from './api.js';
import { openResetAnswer, pendingResetsAnswer, resetClaimAnswer, resetKeysAnswer } from './answers-reset.js';
import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';

/** The routes of a reset, which need no session. */
export class ResetApi {
  /** @param device by which the client is known to the service */
  constructor(
    private readonly transport: Transport,
    private readonly device: DeviceTokenSource = async () => undefined,
  ) {}

  /** Each may send a mail. */
  async claim(body: ResetClaimRequestJson): Promise<ResetClaimJson> {
    const request = { method: 'POST', path: 'v1/auth/reset/claim', body, answer: resetClaimAnswer } as const;
    return this.transport.request({ ...request, deviceToken: await this.device(), repeatable: false });
  }

  open(body: OpenResetRequestJson): Promise<OpenResetJson> {
    const path = 'v1/auth/reset/open';
    return this.transport.request({ method: 'POST', path, body, answer: openResetAnswer, repeatable: true });
  }

  /** Spends challenge and token. */
  reset(body: ResetKeysRequestJson): Promise<ResetKeysJson> {
    const path = 'v1/auth/reset';
    return this.transport.request({ method: 'POST', path, body, answer: resetKeysAnswer, repeatable: false });
  }
}

/** What a signed-in user can do about resets of the own account. */
export class PendingResetsApi {
  constructor(private readonly access: Access) {}

  list(call: CallOptions = {}): Promise<PendingResetsJson> {
    const path = 'v1/account/resets';
    return this.access.request({ method: 'GET', path, answer: pendingResetsAnswer, repeatable: true, ...call });
  }

  /** Spends the challenge. */
  cancel(body: CancelResetsRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/account/resets/cancel', body, repeatable: false });
  }
}
