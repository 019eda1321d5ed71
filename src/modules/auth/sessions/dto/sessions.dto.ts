import type { RefreshRequestJson, SessionJson, SessionListJson } from '@sealpost/protocol';
import {
  ArrayField,
  Base64UrlField,
  BooleanField,
  type Decoded,
  IntegerField,
  TextField,
  UuidField,
} from '../../../../core/http/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import { MAX_SESSIONS_PER_ACCOUNT } from '../session.js';
import type { Session } from '../session.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };

export class RefreshDto implements Decoded<RefreshRequestJson, 'refreshToken'> {
  @Base64UrlField({
    description: 'The newest refresh token of the session.',
    minLength: 1,
    maxLength: 256,
    example: EXAMPLE.refreshToken,
  })
  readonly refreshToken!: Uint8Array;
}

export class SessionParams {
  @UuidField({ description: 'The id of one of your sessions.', example: EXAMPLE.sessionId })
  readonly id!: string;
}

export class SessionView implements SessionJson {
  @UuidField({ description: 'The session.', example: EXAMPLE.sessionId })
  readonly id: string;

  @TextField({
    description: 'As the client named it at the log-in; empty where it did not.',
    min: 0,
    max: SESSION_NAME.max,
    example: 'Firefox on Linux',
  })
  readonly name: string;

  @IntegerField({ description: 'Time of the log-in, in Unix milliseconds.', ...TIME, example: EXAMPLE.now })
  readonly createdAt: number;

  @IntegerField({ description: 'Time of the last refresh or of the log-in.', ...TIME, example: EXAMPLE.now })
  readonly lastUsedAt: number;

  @IntegerField({
    description: 'When it ends unless it is refreshed.',
    ...TIME,
    example: EXAMPLE.refreshTokenExpiresAt,
  })
  readonly expiresAt: number;

  @BooleanField({ description: 'Whether it is the session of this request.', example: true })
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
