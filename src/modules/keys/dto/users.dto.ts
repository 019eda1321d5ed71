import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type {
  KeyChainJson,
  KeyQueryJson,
  KeyQueryRequestJson,
  SenderJson,
  SendersJson,
  SendersRequestJson,
  UserJson,
} from '@sealpost/protocol';
import {
  AfterParameter,
  ArrayField,
  Base64UrlField,
  encodeBytes,
  integer,
  IntegerField,
  IntegerParameter,
  LimitParameter,
  LoginIdField,
  NextField,
  ObjectField,
  uuid,
  UuidField,
} from '../../../core/http/index.js';
import type { Page } from '../../../core/http/index.js';
import type { FoundUser, SignedHandle, StoredStatement } from '../key-chain.js';
import { KeyStatementView, MAX_VERSION } from './key-statement.dto.js';

const CHAIN_PAGE = { max: 100, default: 50 };

export class FindUserQuery {
  @LoginIdField({ description: 'The whole loginId in its normalised form.' })
  readonly loginId!: string;
}

export class UserParams {
  @UuidField({ description: 'The user.' })
  readonly id!: string;
}

export class UserVersionParams extends UserParams {
  @IntegerParameter({ description: 'A key version.', min: 1, max: MAX_VERSION })
  readonly version!: number;
}

export class UserKeysQuery {
  @AfterParameter('version', MAX_VERSION)
  readonly after: number = 0;

  @LimitParameter(CHAIN_PAGE)
  readonly limit: number = CHAIN_PAGE.default;
}

/** A loginId and what proves whose it is. */
export class SenderView implements SenderJson {
  @UuidField({ description: 'The user who has this loginId.' })
  readonly userId: string;

  @LoginIdField({ description: 'In its normalised form.' })
  readonly loginId: string;

  @Base64UrlField({
    description: "The user's own signature under loginId and userId. Verify it against the chain of keys.",
    length: LENGTHS.signature,
  })
  readonly handleSignature: string;

  @IntegerField({ description: 'Version of the signing key that made handleSignature.', min: 1, max: MAX_VERSION })
  readonly handleKeyVersion: number;

  constructor(handle: SignedHandle) {
    this.userId = handle.userId;
    this.loginId = handle.loginId;
    this.handleSignature = encodeBytes(handle.handleSignature);
    this.handleKeyVersion = handle.keyVersion;
  }
}

export class UserView extends SenderView implements UserJson {
  @ObjectField(() => KeyStatementView, { description: 'The newest statement.' })
  readonly keys: KeyStatementView;

  constructor(user: FoundUser) {
    super(user);
    this.keys = new KeyStatementView(user.keys);
  }
}

export class SendersDto implements SendersRequestJson {
  @ArrayField(integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), {
    description: 'Of entries of the mailbox, none twice.',
    minItems: 1,
    maxItems: LIMITS.keyQueryUsers,
    unique: true,
  })
  readonly sequences!: readonly number[];
}

export class SendersView implements SendersJson {
  @ArrayField(() => SenderView, { description: 'In no particular order.', minItems: 0, maxItems: LIMITS.keyQueryUsers })
  readonly senders: readonly SenderView[];

  constructor(handles: readonly SignedHandle[]) {
    this.senders = handles.map((handle) => new SenderView(handle));
  }
}

export class KeyChainView implements KeyChainJson {
  @ArrayField(() => KeyStatementView, {
    description: 'Ascending by version, without a gap. Empty behind the newest version.',
    minItems: 0,
    maxItems: CHAIN_PAGE.max,
  })
  readonly items: readonly KeyStatementView[];

  @NextField('after')
  readonly next?: number;

  constructor({ items, next }: Page<StoredStatement>) {
    this.items = items.map((stored) => new KeyStatementView(stored));
    if (next !== undefined) this.next = next;
  }
}

export class KeyQueryDto implements KeyQueryRequestJson {
  @ArrayField(uuid(), {
    description: 'The users, none twice.',
    minItems: 1,
    maxItems: LIMITS.keyQueryUsers,
    unique: true,
  })
  readonly userIds!: readonly string[];
}

export class KeyQueryView implements KeyQueryJson {
  @ArrayField(() => KeyStatementView, {
    description: 'The newest statement of each user found, in the order asked for.',
    minItems: 0,
    maxItems: LIMITS.keyQueryUsers,
  })
  readonly statements: readonly KeyStatementView[];

  @ArrayField(uuid(), {
    description: 'Users that do not exist, in the order asked for.',
    minItems: 0,
    maxItems: LIMITS.keyQueryUsers,
  })
  readonly unknownUserIds: readonly string[];

  constructor(userIds: readonly string[], statements: readonly KeyStatementView[]) {
    this.statements = statements;
    const found = new Set(statements.map(({ userId }) => userId));
    this.unknownUserIds = userIds.filter((userId) => !found.has(userId));
  }
}
