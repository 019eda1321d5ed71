export { CryptoModule } from './crypto.module.js';
export { runCryptoSelfTest } from './crypto-self-test.js';
export { CryptoService } from './crypto.service.js';
export type {
  CheckedEnvelope,
  EnvelopeInput,
  EnvelopeRecipient,
  EnvelopeRefusal,
  EnvelopeVerdict,
} from './envelope-check.js';
export { SodiumCryptoService } from './sodium-crypto.service.js';
