import { Module } from '@nestjs/common';
import { AccountLimitsService } from './account-limits.service.js';

/** How often somebody may try something with one loginId. */
@Module({
  providers: [AccountLimitsService],
  exports: [AccountLimitsService],
})
export class LimitsModule {}
