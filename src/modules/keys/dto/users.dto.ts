import {
  type KeyChainJson,
  type KeyQueryJson,
  type KeyQueryRequestJson,
  LENGTHS,
  LIMITS,
  type UserJson,
} from '@sealpost/protocol';
import {
  ArrayField,
  Base64UrlField,
  encodeBytes,
  IntegerField,
  IntegerParameter,
  LoginIdField,
  ObjectField,
  type Page,
  UuidField,
  uuid,
} from '../../../core/http/index.js';
import type { FoundUser, StoredStatement } from '../key-chain.js';
import { KeyStatementView, MAX_VERSION } from './key-statement.dto.js';
import { EXAMPLE } from './keys.examples.js';

const MAX_CHAIN_PAGE = 100;
const DEFAULT_CHAIN_PAGE = 50;

export class FindUserQuery {
  @LoginIdField({ description: 'The whole loginId in its normalised form.', example: EXAMPLE.loginId })
  readonly loginId!: string;
}

export class UserParams {
  @UuidField({ description: 'The user.', example: EXAMPLE.alice })
  readonly id!: string;
}

export class UserVersionParams extends UserParams {
  @IntegerParameter({ description: 'A key version.', min: 1, max: MAX_VERSION, example: EXAMPLE.version })
  readonly version!: number;
}

export class UserKeysQuery {
  @IntegerParameter({
    description: 'First version of the page; 1 where only `limit` is given.',
    min: 1,
    max: MAX_VERSION,
    optional: true,
    example: 1,
  })
  readonly from?: number;

  @IntegerParameter({
    description: `The most statements to return; ${DEFAULT_CHAIN_PAGE} where only \`from\` is given.`,
    min: 1,
    max: MAX_CHAIN_PAGE,
    optional: true,
    example: DEFAULT_CHAIN_PAGE,
  })
  readonly limit?: number;

  /** The page that is asked for; null where neither parameter is given, which asks for the newest statement. */
  page(): { readonly from: number; readonly limit: number } | null {
    if (this.from === undefined && this.limit === undefined) return null;
    return { from: this.from ?? 1, limit: this.limit ?? DEFAULT_CHAIN_PAGE };
  }
}

export class UserView implements UserJson {
  @UuidField({ description: 'The user who has this loginId.', example: EXAMPLE.alice })
  readonly userId: string;

  @LoginIdField({ description: 'As it was asked for.', example: EXAMPLE.loginId })
  readonly loginId: string;

  @Base64UrlField({
    description: "The user's own signature under loginId and userId. Verify it against the chain of keys.",
    length: LENGTHS.signature,
    example: EXAMPLE.handleSignature,
  })
  readonly handleSignature: string;

  @IntegerField({
    description: 'Version of the signing key that made handleSignature.',
    min: 1,
    max: MAX_VERSION,
    example: EXAMPLE.version,
  })
  readonly handleKeyVersion: number;

  @ObjectField(() => KeyStatementView, { description: 'The newest statement.' })
  readonly keys: KeyStatementView;

  constructor(user: FoundUser) {
    this.userId = user.userId;
    this.loginId = user.loginId;
    this.handleSignature = encodeBytes(user.handleSignature);
    this.handleKeyVersion = user.keyVersion;
    this.keys = new KeyStatementView(user.keys);
  }
}

export class KeyChainView implements KeyChainJson {
  @ArrayField(() => KeyStatementView, {
    description: 'Ascending by version, without a gap. Empty where `from` lies beyond the newest version.',
    minItems: 0,
    maxItems: MAX_CHAIN_PAGE,
  })
  readonly statements: readonly KeyStatementView[];

  @IntegerField({
    description: 'Version to go on with as `from`; absent at the end of the chain.',
    min: 2,
    max: MAX_VERSION,
    optional: true,
    example: 51,
  })
  readonly nextFrom?: number;

  constructor({ items, hasMore }: Page<StoredStatement>) {
    this.statements = items.map((stored) => new KeyStatementView(stored));
    const last = items.at(-1);
    if (hasMore && last !== undefined) this.nextFrom = last.version + 1;
  }
}

export function userKeysView(found: KeyStatementView | Page<StoredStatement>): KeyStatementView | KeyChainView {
  return 'items' in found ? new KeyChainView(found) : found;
}

export class KeyQueryDto implements KeyQueryRequestJson {
  @ArrayField(uuid(), {
    description: 'The users, none twice.',
    minItems: 1,
    maxItems: LIMITS.keyQueryUsers,
    unique: true,
    example: [EXAMPLE.alice, EXAMPLE.bob],
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
    example: [EXAMPLE.bob],
  })
  readonly unknownUserIds: readonly string[];

  constructor(userIds: readonly string[], statements: readonly KeyStatementView[]) {
    this.statements = statements;
    const found = new Set(statements.map(({ userId }) => userId));
    this.unknownUserIds = userIds.filter((userId) => !found.has(userId));
  }
}
