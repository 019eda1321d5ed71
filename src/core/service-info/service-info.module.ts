import { Module } from '@nestjs/common';
import { ServiceInfoController } from './service-info.controller.js';

@Module({ controllers: [ServiceInfoController] })
export class ServiceInfoModule {}
