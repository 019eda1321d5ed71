export { KeyStatementView, SignedStatementDto } from './dto/key-statement.dto.js';
export { KeyRegistry, type FirstKeysRequest } from './key-registry.js';
export { MIN_VAULT_BYTES, type FirstKeys, type StoredVault } from './key-chain.js';
export { LoginIdTaken, UserIdTaken } from './keys.errors.js';
export { KeysModule } from './keys.module.js';
