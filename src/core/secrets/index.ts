export { openSecrets, rereadSecrets, rotateSigningKeyInFile } from './secrets-file.js';
export type { OpenedSecrets } from './secrets-file.js';
export { generateSecrets, secretsOf } from './secrets-document.js';
export { SecretsModule } from './secrets.module.js';
export { ServerSecrets } from './server-secrets.js';
export type { PublicSigningJwk, SigningKey, VerificationKey } from './server-secrets.js';
