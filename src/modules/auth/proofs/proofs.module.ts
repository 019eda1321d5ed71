import { Module } from '@nestjs/common';
import { AuthProofs } from './auth-proofs.service.js';
import { ChallengeUse } from './challenge-use.service.js';
import { ChallengesService } from './challenges.service.js';
import { PrismaUsedChallengesRepository } from './prisma-used-challenges.repository.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

/** Challenges, and the signatures over them that prove who asks (protocol section 4). */
@Module({
  providers: [
    AuthProofs,
    ChallengeUse,
    ChallengesService,
    { provide: UsedChallengesRepository, useClass: PrismaUsedChallengesRepository },
  ],
  exports: [AuthProofs, ChallengeUse, ChallengesService, UsedChallengesRepository],
})
export class ProofsModule {}
