import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/index.js';
import { Notifications } from '../../../core/database/index.js';
import { Shutdown } from '../../../core/shutdown.js';
import { ANY_POSITION, Wakeups } from '../../../core/wakeups.js';
import { DEVICE_REQUESTS_CHANNEL } from './device-requests.repository.js';

/** Wakes reads that wait for a new device's request to get further, by the request's id. */
@Injectable()
export class DeviceWakeups extends Wakeups<string> {
  constructor(notifications: Notifications, shutdown: Shutdown, settings: Settings) {
    super(notifications, shutdown, settings, {
      channel: DEVICE_REQUESTS_CHANNEL,
      // A request has two sides. More than these get their answer at once.
      followersPerKey: 4,
      safetyLookMs: 10_000,
      read: (id) => [[id, ANY_POSITION]],
      // Each read looks for itself.
      look: (ids) => Promise.resolve(ids.map((id) => [id, ANY_POSITION])),
    });
  }
}
