import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DpopModule } from '../dpop/dpop.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { DeviceApprovals } from './device-approvals.service.js';
import { DeviceCollection } from './device-collection.service.js';
import { DeviceRequestsController } from './device-requests.controller.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';
import { DeviceRequestsService } from './device-requests.service.js';
import { DeviceWakeups } from './device-wakeups.service.js';
import { DevicesController } from './devices.controller.js';
import { PrismaDeviceRequestsRepository } from './prisma-device-requests.repository.js';

/** How a signed-in device lets a new one in (protocol section 10). */
@Module({
  imports: [KeysModule, AccountsModule, DpopModule, HistoryModule, LimitsModule, SessionsModule],
  controllers: [DeviceRequestsController, DevicesController],
  providers: [
    DeviceApprovals,
    DeviceCollection,
    DeviceRequestsService,
    DeviceWakeups,
    { provide: DeviceRequestsRepository, useClass: PrismaDeviceRequestsRepository },
  ],
  exports: [DeviceRequestsRepository],
})
export class DevicesModule {}
