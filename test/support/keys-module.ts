import { encodeBase64Url, requireBase64Url } from '@sealpost/protocol';
import type { RotateRequestJson, SignedStatement, SignedStatementJson } from '@sealpost/protocol';
import { AccountLifecycle, Senders, SessionLocks } from '../../src/core/accounts/index.js';
import { Clock } from '../../src/core/clock.js';
import { loadSettings } from '../../src/core/config/index.js';
import { SodiumCryptoService } from '../../src/core/crypto/index.js';
import { HandleSigning, KeyAppend } from '../../src/modules/keys/key-append.service.js';
import { KeyLookupsService } from '../../src/modules/keys/key-lookups.service.js';
import { KeyRegistry } from '../../src/modules/keys/key-registry.js';
import type { FirstKeysRequest } from '../../src/modules/keys/key-registry.js';
import { KeyStatementsRepository } from '../../src/modules/keys/key-statements.repository.js';
import { KeysService } from '../../src/modules/keys/keys.service.js';
import type { RotationRequest } from '../../src/modules/keys/keys.service.js';
import { buildIdentity, registerRequest, TEST_SERVICE_ID } from './identity.js';
import type { IdentityOptions, TestIdentity } from './identity.js';
import { startTestDatabase } from './test-database.js';
import type { TestDatabase } from './test-database.js';

/** A clock that tests set; until then it shows the real time. */
export class SettableClock extends Clock {
  offset = 0;

  now(): number {
    return Date.now() + this.offset;
  }
}

/** Rotations of these tests are of no session: there is none to lock. */
class UnheldSessions extends SessionLocks {
  override async lockForShare(): Promise<void> {
    throw new Error('A rotation without a session has locked one');
  }
}

/** The keys module without HTTP, on a database of its own. */
export interface KeysModuleFixture {
  readonly database: TestDatabase;
  readonly clock: SettableClock;
  readonly keys: KeysService;
  readonly lookups: KeyLookupsService;
  readonly registry: KeyRegistry;
  /** A user with version 1 of keys and vault, as a registration leaves it. */
  install(options?: IdentityOptions): Promise<TestIdentity>;
}

export async function startKeysModule(): Promise<KeysModuleFixture> {
  const database = await startTestDatabase();
  const { transactions } = database;
  const clock = new SettableClock();
  const crypto = await SodiumCryptoService.create();
  const settings = loadSettings({ SEALPOST_SERVICE_ID: TEST_SERVICE_ID });
  const statements = new KeyStatementsRepository(database.database);
  const lookups = new KeyLookupsService(statements, new Senders());
  const handles = new HandleSigning(statements, crypto);
  const registry = new KeyRegistry(statements, lookups, handles, crypto, clock, settings);
  const keys = new KeysService(
    statements,
    new KeyAppend(statements, crypto, clock, new UnheldSessions()),
    handles,
    transactions,
    crypto,
    clock,
    settings,
    new AccountLifecycle(),
  );
  const install = async (options?: IdentityOptions): Promise<TestIdentity> => {
    const identity = buildIdentity(options);
    const first = registry.verifyFirst(firstKeysOf(identity));
    await transactions.run((tx) => registry.install(tx, first));
    return identity;
  };
  return { database, clock, keys, lookups, registry, install };
}

/** What the registration of this identity hands to the keys module. */
export function firstKeysOf(identity: TestIdentity): FirstKeysRequest {
  const { userId, loginId, keys, handleSignature, vault } = registerRequest(
    identity,
    encodeBase64Url(new Uint8Array(32)),
  );
  return {
    userId,
    loginId,
    keys: decodeSigned(keys),
    handleSignature: requireBase64Url(handleSignature, 'handleSignature'),
    vault: requireBase64Url(vault, 'vault'),
  };
}

/** A rotation as the controller hands it on. */
export function decodeRotation(request: RotateRequestJson): RotationRequest {
  const { keys, vault, vaultVersion } = request;
  return { keys: decodeSigned(keys), vault: requireBase64Url(vault, 'vault'), vaultVersion };
}

function decodeSigned(keys: SignedStatementJson): SignedStatement {
  const { statement, signature, previousSignature } = keys;
  return {
    statement: requireBase64Url(statement, 'statement'),
    signature: requireBase64Url(signature, 'signature'),
    ...(previousSignature === undefined
      ? {}
      : { previousSignature: requireBase64Url(previousSignature, 'previousSignature') }),
  };
}
