import { IntegerParameter, UuidField } from '../../../core/http/index.js';
import { EXAMPLE } from '../messages.examples.js';

export class StreamQuery {
  @IntegerParameter({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    optional: true,
    default: 0,
    description: 'Entries after this sequence. The header `Last-Event-ID` wins.',
    example: 0,
  })
  readonly after: number = 0;

  @UuidField({
    version: '4|7',
    optional: true,
    description: 'Only entries of this conversation.',
    example: EXAMPLE.conversationId,
  })
  readonly conversationId?: string;
}
