export { CryptoModule } from './crypto.module.js';
export { CryptoService } from './crypto.service.js';
export type {
  CheckedEnvelope,
  EnvelopeInput,
  EnvelopeRecipient,
  EnvelopeRefusal,
  EnvelopeVerdict,
} from './envelope-check.js';
export { SodiumCryptoService } from './sodium-crypto.service.js';
