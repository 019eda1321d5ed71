import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AuthProofs } from './auth-proofs.service.js';
import { ChallengeUse } from './challenge-use.service.js';
import { ChallengesService } from './challenges.service.js';
import { PrismaUsedChallengesRepository } from './prisma-used-challenges.repository.js';
import { SigningProofs } from './signing-proofs.service.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

/** Challenges, and the signatures over them that prove who asks (protocol section 4). */
@Module({
  imports: [KeysModule],
  providers: [
    AuthProofs,
    ChallengeUse,
    ChallengesService,
    SigningProofs,
    { provide: UsedChallengesRepository, useClass: PrismaUsedChallengesRepository },
  ],
  exports: [AuthProofs, ChallengeUse, ChallengesService, SigningProofs, UsedChallengesRepository],
})
export class ProofsModule {}
