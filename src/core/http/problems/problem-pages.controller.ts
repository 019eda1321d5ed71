import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../../errors.js';
import { Public } from '../caller.js';
import { TextField } from '../fields/index.js';
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

  @Get(':code')
  @Header('content-type', 'text/markdown; charset=utf-8')
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
  getPage(@Param() { code }: ProblemPageParameters): string {
    const page = this.pages.findPage(code);
    if (page !== null) return page;
    throw new DomainError({ kind: 'not-found', code: 'request.not-found', detail: 'There is no such error code.' });
  }
}
