import {
  STREAM_END_REASONS,
  type StreamEndJson,
  type StreamEndReason,
  type StreamMailboxJson,
} from '@sealpost/protocol';
import { EnumField, IntegerField, IntegerParameter, UuidField } from '../../../core/http/index.js';

export class StreamQuery {
  @IntegerParameter({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    optional: true,
    default: 0,
    description: 'Entries after this sequence. The header `Last-Event-ID` wins.',
  })
  readonly after: number = 0;

  @UuidField({ version: '4|7', optional: true, description: 'Only entries of this conversation.' })
  readonly conversationId?: string;
}

export class StreamMailboxView implements StreamMailboxJson {
  @IntegerField({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'The newest sequence of the mailbox.' })
  readonly lastSequence!: number;

  @IntegerField({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'Up to where it is acknowledged.' })
  readonly acknowledgedUpTo!: number;
}

export class StreamEndView implements StreamEndJson {
  @EnumField({ values: STREAM_END_REASONS, description: 'Why the server ends the stream.' })
  readonly reason!: StreamEndReason;
}
