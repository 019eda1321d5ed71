import type { RefreshRequestJson, SessionJson, SessionListJson } from '@sealpost/protocol';
import {
  ArrayField,
  Base64UrlField,
  BooleanField,
  type Decoded,
  TextField,
  UuidField,
  TimeField,
} from '../../../../core/http/index.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import { MAX_SESSIONS_PER_ACCOUNT } from '../session.js';
import type { Session } from '../session.js';

export class RefreshDto implements Decoded<RefreshRequestJson, 'refreshToken'> {
  @Base64UrlField({ description: 'The newest refresh token of the session.', minLength: 1, maxLength: 256 })
  readonly refreshToken!: Uint8Array;
}

export class SessionParams {
  @UuidField({ description: 'The id of one of your sessions.' })
  readonly id!: string;
}

export class SessionView implements SessionJson {
  @UuidField({ description: 'The session.' })
  readonly id: string;

  @TextField({
    description: 'As the client named it at the log-in; empty where it did not.',
    min: 0,
    max: SESSION_NAME.max,
  })
  readonly name: string;

  @TimeField({ description: 'Time of the log-in.' })
  readonly createdAt: number;

  @TimeField({ description: 'Time of the last refresh or of the log-in.' })
  readonly lastUsedAt: number;

  @TimeField({ description: 'When it ends unless it is refreshed.' })
  readonly expiresAt: number;

  @BooleanField({ description: 'Whether it is the session of this request.' })
  readonly current: boolean;

  constructor(session: Session, current: boolean) {
    this.id = session.id;
    this.name = session.name;
    this.createdAt = session.createdAt;
    this.lastUsedAt = session.refreshedAt;
    this.expiresAt = session.expiresAt;
    this.current = current;
  }
}

export class SessionListView implements SessionListJson {
  @ArrayField(() => SessionView, {
    description: 'The sessions that have not ended, the most recently used first.',
    minItems: 0,
    maxItems: MAX_SESSIONS_PER_ACCOUNT,
  })
  readonly items: readonly SessionView[];

  constructor(sessions: readonly Session[], currentId: string) {
    this.items = sessions.map((session) => new SessionView(session, session.id === currentId));
  }
}
