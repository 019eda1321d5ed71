import { Module } from '@nestjs/common';
import { AwayNoticesController } from './away-notices.controller.js';
import { AwayNoticesRepository } from './away-notices.repository.js';

@Module({ controllers: [AwayNoticesController], providers: [AwayNoticesRepository] })
export default class AwayNoticesModule {}
