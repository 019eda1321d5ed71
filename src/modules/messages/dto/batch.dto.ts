import { ApiProperty } from '@nestjs/swagger';
import { LIMITS, type SendBatchRequestJson } from '@sealpost/protocol';
import { ArrayField, type DescribeItemProblem, IntegerField, ObjectField } from '../../../core/http/index.js';
import type { SendReport } from '../sending.service.js';
import { SendMessageDto, SendView } from './send.dto.js';

const CREATED = 201;
const OK = 200;

export class SendBatchDto implements Record<keyof SendBatchRequestJson, unknown> {
  @ArrayField(() => SendMessageDto, {
    minItems: 1,
    maxItems: LIMITS.batchMessages,
    description: 'Each as in `POST /v1/messages`.',
  })
  readonly messages!: readonly SendMessageDto[];
}

export class SendResultView {
  @IntegerField({
    min: OK,
    max: 599,
    description: 'The status that `POST /v1/messages` would have answered this message with.',
  })
  readonly status: number;

  @ObjectField(() => SendView, {
    optional: true,
    description: 'Where the message is stored: 201, or 200 for a repetition.',
  })
  readonly message?: SendView;

  @ApiProperty({
    required: false,
    type: 'object',
    additionalProperties: true,
    description: 'Where it is not stored. Pointers lead into the body of the batch, e.g. `/messages/3/id`.',
    allOf: [{ $ref: '#/components/schemas/Problem' }],
  } as object)
  readonly problem?: ReturnType<DescribeItemProblem>;

  constructor(id: string, report: SendReport, describe: (error: unknown) => ReturnType<DescribeItemProblem>) {
    if (report.ok) {
      this.status = report.result.repeated ? OK : CREATED;
      this.message = new SendView(id, report.result.receipt);
    } else {
      this.problem = describe(report.error);
      this.status = this.problem.status;
    }
  }
}

export class SendBatchView {
  @ArrayField(() => SendResultView, {
    minItems: 1,
    maxItems: LIMITS.batchMessages,
    description: 'What became of each message, in the order of the request.',
  })
  readonly results: readonly SendResultView[];

  constructor({ messages }: SendBatchDto, reports: readonly SendReport[], describe: DescribeItemProblem) {
    this.results = reports.map((report, index) => {
      return new SendResultView(messages[index]?.id ?? '', report, (error) => describe(error, `/messages/${index}`));
    });
  }
}
