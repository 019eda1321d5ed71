export { SignedStatementDto } from './dto/key-statement.dto.js';
export { KeyRegistry } from './key-registry.js';
export type { FirstKeys, StoredVault } from './key-chain.js';
export { UserIdTaken } from './keys.errors.js';
export { KeysModule } from './keys.module.js';
