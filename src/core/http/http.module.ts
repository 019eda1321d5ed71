import { Global, Module } from '@nestjs/common';
import { ProblemPages } from './problems/problem-pages.js';
import { ProblemPagesController } from './problems/problem-pages.controller.js';

@Global()
@Module({ controllers: [ProblemPagesController], providers: [ProblemPages], exports: [ProblemPages] })
export class HttpModule {}
