import { Global, Module } from '@nestjs/common';
import { runCryptoSelfTest } from './crypto-self-test.js';
import { CryptoService } from './crypto.service.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

/** Makes CryptoService injectable everywhere. Nest starts nothing before libsodium is ready and the self-test passed. */
@Global()
@Module({
  providers: [
    {
      provide: CryptoService,
      useFactory: async (): Promise<CryptoService> => {
        const crypto = await SodiumCryptoService.create();
        runCryptoSelfTest(crypto);
        return crypto;
      },
    },
  ],
  exports: [CryptoService],
})
export class CryptoModule {}
