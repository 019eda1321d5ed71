import { Module } from '@nestjs/common';
import { DpopService } from './dpop.service.js';

/** Proofs that a request comes from the holder of the session's key. */
@Module({ providers: [DpopService], exports: [DpopService] })
export class DpopModule {}
