export { KeyStatementView, SignedStatementDto } from './dto/key-statement.dto.js';
export { VaultField, VaultKeyVersionField, VaultVersionField } from './dto/rotation.dto.js';
export { KeyRegistry } from './key-registry.js';
export { KeyRotation, type NextKeys } from './key-rotation.service.js';
export type { FirstKeys, StoredVault } from './key-chain.js';
export { KeyResets } from './key-resets.service.js';
export { APPEND_PROBLEMS, UserIdTaken } from './keys.errors.js';
export { KeysModule } from './keys.module.js';
