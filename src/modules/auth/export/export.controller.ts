import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../core/accounts/index.js';
import { ApiProblems, Base64UrlField, CurrentActor, CurrentUser, TakesSessionProof } from '../../../core/http/index.js';
import type { Caller } from '../../../core/http/index.js';
import { AccountExportService } from './account-export.service.js';
import { ExportEnds } from './export-cursors.service.js';

/** A MAC and a position with the count of each kind. */
const CURSOR = { minLength: 17, maxLength: 4096 };

export class ExportQuery {
  @Base64UrlField({
    description: 'Goes on after the line that had this cursor; absent: from the beginning on.',
    ...CURSOR,
    optional: true,
  })
  readonly after?: Uint8Array;
}

const JSON_LINES = 'application/x-ndjson';
/** A proxy that collects an answer before it passes it on would keep back-pressure from the server. */
const HEADERS = { 'content-type': JSON_LINES, 'x-accel-buffering': 'no' };

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class ExportController {
  constructor(
    private readonly exports: AccountExportService,
    private readonly ends: ExportEnds,
  ) {}

  @Get('export')
  @TakesSessionProof()
  @ApiOperation({
    operationId: 'exportAccount',
    summary: 'Export what the server holds of the account, but for what passwords are guessed with',
    description:
      'JSON Lines: first `header`, then a line for each row that the server holds of the caller, with its `kind`, its ' +
      '`data` and a `cursor`, and at last `end` with the number of lines of each kind. Lines `progress` only carry a ' +
      'cursor. What was encrypted stays so; left out is what a guessed password could be tested with (docs/export.md ' +
      'says what and why). Without `end` the export was cut: ask again with the last cursor as `after`, and append what ' +
      'comes; nothing is missing and nothing comes twice. That an export was begun is in the history.',
  })
  @ApiOkResponse({
    description: 'The lines, as fast as the client reads them.',
    content: { [JSON_LINES]: { schema: { type: 'string' } } },
  })
  @ApiProblems('auth.too-many-exports', 'request.rate-limited')
  async export(
    @CurrentUser() caller: Caller,
    @CurrentActor() actor: Actor,
    @Query() { after }: ExportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    void reply.headers(HEADERS);
    // A HEAD request wants to know about the answer, not to begin an export.
    if (request.method === 'HEAD') {
      void reply.send();
      return;
    }
    const { lines, close } = await this.exports.begin(caller, actor, after);
    const stream = Readable.from(lines, { objectMode: false });
    stream.once('close', close);
    this.ends.watch(caller, stream);
    void reply.send(stream);
  }
}
