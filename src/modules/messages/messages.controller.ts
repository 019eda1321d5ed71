import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  ApiProblems,
  BearerSuffices,
  type Caller,
  ClientGone,
  CurrentUser,
  type DescribeItemProblem,
  ItemProblems,
} from '../../core/http/index.js';
import { SendBatchDto, SendBatchView } from './dto/batch.dto.js';
import { AckDto, AckView, InboxQuery, InboxView, MailboxEntryView, MessageParams } from './dto/inbox.dto.js';
import { SendMessageDto, SendView, toOutgoingMessage } from './dto/send.dto.js';
import { LongPollsService } from './long-polls.service.js';
import { MailboxService } from './mailbox.service.js';
import { SendingService } from './sending.service.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('v1/messages')
export class MessagesController {
  constructor(
    private readonly sending: SendingService,
    private readonly mailbox: MailboxService,
    private readonly polls: LongPollsService,
  ) {}

  @Post()
  @BearerSuffices()
  @ApiOperation({
    operationId: 'sendMessage',
    summary: 'Send a message',
    description:
      'Stores the ciphertext once and an entry in the mailbox of each recipient, all or nothing. A 201 means that it is on disk. Repeating the request with the same id and content is answered with 200 and the same body, for at least 24 hours, also after the message was deleted or has expired. When a stated key version is not the newest, the 409 carries the newest statements of the parties concerned. Where `GET /v1/service` has `keysMaxAgeSeconds` and the newest keys of the sender are older, the 409 `keys.rotation-due` says since when in `rotation`.',
  })
  @ApiCreatedResponse({ type: SendView, description: 'Stored and delivered.' })
  @ApiOkResponse({ type: SendView, description: 'A repetition: the answer of the first request.' })
  @ApiProblems(
    'messages.envelope-refused',
    'messages.recipient-unknown',
    'messages.recipient-erased',
    'messages.stale-key-version',
    'keys.rotation-due',
    'messages.id-conflict',
    'messages.mailbox-full',
    'request.rate-limited',
    'server.overloaded',
  )
  async send(
    @CurrentUser() caller: Caller,
    @Body() body: SendMessageDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SendView> {
    const { receipt, repeated } = await this.sending.send(toOutgoingMessage(caller.userId, body));
    reply.status(repeated ? HttpStatus.OK : HttpStatus.CREATED);
    return new SendView(body.id, receipt);
  }

  @Post('batch')
  @BearerSuffices()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'sendMessages',
    summary: 'Send several messages',
    description:
      'Up to 100 messages in one request, each stored or refused on its own: the results say which, in the order of the request, with the status and the body that `POST /v1/messages` would have answered. What is stored is on disk when the answer comes. A body that is not a list of messages is refused as a whole and changes nothing. Repeat with the same ids what was answered with 429 or 503, or not at all.',
  })
  @ApiOkResponse({ type: SendBatchView, description: 'A result for each message.' })
  @ApiProblems()
  async sendBatch(
    @CurrentUser() caller: Caller,
    @Body() body: SendBatchDto,
    @ItemProblems() describe: DescribeItemProblem,
  ): Promise<SendBatchView> {
    const messages = body.messages.map((message) => toOutgoingMessage(caller.userId, message));
    return new SendBatchView(body, await this.sending.sendAll(messages), describe);
  }

  @Get()
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'Read the mailbox',
    description:
      'Entries after a sequence, oldest first. Sequences become visible in their order, so a reader who goes on behind the last entry never misses one that was committed late. A page is also cut at about 1 MiB of ciphertext. With `wait` the answer comes with the first new entry, or empty when the time is over. An entry whose sender has replaced the keys since says so in `senderNewestKeyVersion`. Reading changes nothing.',
  })
  @ApiOkResponse({ type: InboxView, description: 'A page of the mailbox.' })
  @ApiProblems('messages.too-many-readers')
  async list(
    @CurrentUser() caller: Caller,
    @Query() query: InboxQuery,
    @ClientGone() gone: AbortSignal,
  ): Promise<InboxView> {
    const { wait, after, limit, conversationId } = query;
    const page = { after, limit, ...(conversationId === undefined ? {} : { conversationId }) };
    return new InboxView(await this.polls.read(caller, page, { seconds: wait, signals: [gone] }));
  }

  @Post('ack')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'acknowledgeMessages',
    summary: 'Acknowledge up to a sequence',
    description:
      "Remembers how far the caller has dealt with the mailbox, so that the caller's other devices know. The position never moves back. Where `GET /v1/service` has `retention.deleteAfterAckSeconds`, what was acknowledged is deleted after that time.",
  })
  @ApiOkResponse({ type: AckView, description: 'The position now.' })
  @ApiProblems('messages.ack-out-of-range')
  async acknowledge(@CurrentUser() caller: Caller, @Body() body: AckDto): Promise<AckView> {
    return new AckView(await this.mailbox.acknowledge(caller.userId, body.upTo));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getMessage',
    summary: 'Read one message',
    description: "One message of the caller's mailbox by its id.",
  })
  @ApiOkResponse({ type: MailboxEntryView, description: 'The message.' })
  @ApiProblems('messages.not-found')
  async get(@CurrentUser() caller: Caller, @Param() { id }: MessageParams): Promise<MailboxEntryView> {
    return new MailboxEntryView(await this.mailbox.get(caller.userId, id));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'deleteMessage',
    summary: "Delete a message from one's own mailbox",
    description:
      "Removes the entry from the caller's mailbox. Other recipients keep theirs; the ciphertext is deleted with the last entry.",
  })
  @ApiNoContentResponse({ description: 'It is gone from the mailbox.' })
  @ApiProblems('messages.not-found')
  async remove(@CurrentUser() caller: Caller, @Param() { id }: MessageParams): Promise<void> {
    await this.mailbox.remove(caller.userId, id);
  }
}
