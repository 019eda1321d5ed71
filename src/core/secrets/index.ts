export { type OpenedSecrets, openSecrets, rereadSecrets, rotateSigningKeyInFile } from './secrets-file.js';
export { generateSecrets, secretsOf } from './secrets-document.js';
export {
  type PublicSigningJwk,
  SecretsModule,
  ServerSecrets,
  type SigningKey,
  type VerificationKey,
} from './server-secrets.js';
