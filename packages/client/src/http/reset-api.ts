import type {
  OpenResetJson,
  OpenResetRequestJson,
  PendingResetsJson,
  ResetClaimJson,
  ResetClaimRequestJson,
  ResetKeysJson,
  ResetKeysRequestJson,
} from '@sealpost/protocol';
import type { Access } from './access.js';
import { openResetAnswer, pendingResetsAnswer, resetClaimAnswer, resetKeysAnswer } from './answers-reset.js';
import type { Transport } from './transport.js';

/** The routes of a reset, which need no session. */
export class ResetApi {
  constructor(private readonly transport: Transport) {}

  /** Each may send a mail. */
  claim(body: ResetClaimRequestJson): Promise<ResetClaimJson> {
    const path = 'v1/auth/reset/claim';
    return this.transport.request({ method: 'POST', path, body, answer: resetClaimAnswer, repeatable: false });
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

  list(): Promise<PendingResetsJson> {
    const path = 'v1/account/reset';
    return this.access.request({ method: 'GET', path, answer: pendingResetsAnswer, repeatable: true });
  }

  cancel(): Promise<void> {
    return this.access.request({ method: 'DELETE', path: 'v1/account/reset', repeatable: true });
  }
}
