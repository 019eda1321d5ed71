import { registerUser, type TestUser } from '../api.js';
import type { DeviceApi } from '../device-api.js';
import type { MailServer } from '../mail-server.js';
import type { TestProcess } from '../server.js';
import type { EscrowHolder } from '../vault-key.js';

/** Who the requests are made for and by. The server offers the holder's escrow, and mails the tokens of resets. */
export interface Stage {
  readonly server: TestProcess;
  readonly devices: DeviceApi;
  readonly holder: EscrowHolder;
  readonly mail: MailServer;
}

export type Act = () => Promise<{ readonly status: number }>;

/** A request that changes what the database holds. */
export interface StateChange {
  /** The name that the route has in the API description. */
  readonly route: string;
  /** Where one route does several things. */
  readonly variant?: string;
  /** Every table that it writes, in the order of its statements; none where it only reads. */
  readonly tables: readonly string[];
  /** One statement and no transaction: the database may carry it out though the server that has sent it is gone. */
  readonly single?: true;
  /** Not at the same time as others, with which the server would put it into one transaction. */
  readonly alone?: true;
  /** The status where it is done; default: any below 300. */
  readonly done?: number;
  /** Makes somebody who can do it. What it returns does it, and may be called again until it is done. */
  readonly prepare: (stage: Stage) => Promise<Act>;
}

/** Something that a user who has just registered can do. */
export function byNewUser(act: (stage: Stage, user: TestUser) => ReturnType<Act>): StateChange['prepare'] {
  return async (stage) => {
    const user = await registerUser(stage.server);
    return () => act(stage, user);
  };
}
