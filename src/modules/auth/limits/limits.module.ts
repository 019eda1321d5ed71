import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountLimitsService } from './account-limits.service.js';
import { KnownDevices } from './known-devices.service.js';

/** How often somebody may try something with one loginId. */
@Module({
  imports: [KeysModule],
  providers: [AccountLimitsService, KnownDevices],
  exports: [AccountLimitsService, KnownDevices],
})
export class LimitsModule {}
