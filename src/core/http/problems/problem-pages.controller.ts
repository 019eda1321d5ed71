import { Controller, Get, Global, Module, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../../errors.js';
import { Public } from '../caller.js';
import { TextField } from '../fields/index.js';
import { OpenRoute } from '../route-options.js';
import { ApiProblems } from '../openapi/api-problems.js';
import { ProblemPages } from './problem-pages.js';

export class ProblemPageParameters {
  @TextField({
    description: 'The `code` of a problem document.',
    min: 3,
    max: 100,
    pattern: /^(x-)?[a-z-]+\.[a-z-]+$/,
    example: 'messages.stale-key-version',
  })
  readonly code!: string;
}

@ApiTags('service')
@Public()
@Controller('problems')
export class ProblemPagesController {
  constructor(private readonly pages: ProblemPages) {}

  @Get()
  @OpenRoute()
  @ApiOperation({
    operationId: 'listProblems',
    summary: 'List the error codes',
    description: 'Every code that a problem document can have, with its status and title, and a link to its page.',
  })
  @ApiOkResponse({
    description: 'The list, as Markdown.',
    content: {
      'text/markdown': {
        schema: { type: 'string' },
        example: '| [blocks.full](problems/blocks.full) | 409 | No more users can be blocked |\n…',
      },
    },
  })
  @ApiProblems()
  async getIndex(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.getIndex().send(reply);
  }

  @Get(':code')
  @OpenRoute()
  @ApiOperation({
    operationId: 'getProblemPage',
    summary: 'Explain an error code',
    description: 'What happened, why, what to do, and an example. It is what `type` of a problem document refers to.',
  })
  @ApiOkResponse({
    description: 'The page, as Markdown.',
    content: { 'text/markdown': { schema: { type: 'string' }, example: '# A key version is not the newest\n…' } },
  })
  @ApiProblems('request.not-found')
  async getPage(@Param() { code }: ProblemPageParameters, @Res() reply: FastifyReply): Promise<void> {
    const page = this.pages.findDocument(code);
    if (page !== null) {
      await page.send(reply);
      return;
    }
    throw new DomainError('request.not-found', 'There is no such error code.');
  }
}

@Global()
@Module({ controllers: [ProblemPagesController], providers: [ProblemPages], exports: [ProblemPages] })
export class HttpModule {}
