import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems, type Caller, CurrentUser, detachConnection } from '../../core/http/index.js';
import { MailboxEntryView } from './dto/inbox.dto.js';
import { StreamEndView, StreamMailboxView, StreamQuery } from './dto/stream.dto.js';
import { MessageStreamsService } from './message-streams.service.js';
import * as errors from './messages.errors.js';
import { EVENT_STREAM, parseEventId } from './stream-events.js';

/** A proxy that collects an answer before it passes it on would hold messages back. */
const HEADERS = { 'content-type': EVENT_STREAM, 'x-accel-buffering': 'no' };

/** The data of the events `mailbox`, `message` and `end`. */
const EVENTS = [StreamMailboxView, MailboxEntryView, StreamEndView];

@ApiTags('messages')
@ApiBearerAuth()
@Controller('v1/messages')
export class MessageStreamsController {
  constructor(private readonly streams: MessageStreamsService) {}

  @Get('stream')
  @ApiOperation({
    operationId: 'streamMessages',
    summary: 'Follow the mailbox',
    description:
      'Server-Sent Events: what the mailbox holds after a sequence, then every new entry as soon as it is committed, each once and in ascending order. First comes the event `mailbox` with the position of the mailbox, then an event `message` for each entry, with its sequence as the id. Comments (`: heartbeat`) keep a silent connection alive. The last event is `end` with a reason: `token-expired`, `session-ended`, `slow-reader`, `shutdown` or `unavailable`. After each but `session-ended`, and after a connection that broke, connect again with the id of the last event as `Last-Event-ID`: nothing is missed and nothing comes twice.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that was received: entries after this sequence.',
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  })
  @ApiExtraModels(...EVENTS)
  @ApiOkResponse({
    description:
      'Events, until the client or the server ends the connection. The schema is that of their data: of `mailbox` a StreamMailbox, of `message` a MailboxEntry, of `end` a StreamEnd.',
    content: {
      [EVENT_STREAM]: {
        schema: { oneOf: EVENTS.map((event) => ({ $ref: getSchemaPath(event) })) },
      },
    },
  })
  @ApiProblems('messages.too-many-readers')
  async stream(
    @CurrentUser() caller: Caller,
    @Query() { after, conversationId }: StreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const cursor = { userId: caller.userId, after: lastEventId(request) ?? after, conversationId };
    // A HEAD request wants to know about the answer, not to wait for it.
    if (request.method === 'HEAD') void reply.headers(HEADERS).send();
    else
      await this.streams.open(caller, cursor, (events) =>
        detachConnection(request, reply, { headers: HEADERS, events }),
      );
  }
}

function lastEventId({ headers }: FastifyRequest): number | null {
  const text = headers['last-event-id'];
  if (text === undefined) return null;
  const sequence = parseEventId(String(text));
  if (sequence === null) throw errors.lastEventIdMalformed();
  return sequence;
}
