import { EnumField } from '../../../core/http/index.js';

export class HealthView {
  @EnumField({ values: ['ok'], description: 'Always `ok`; anything else is a problem document.' })
  readonly status = 'ok' as const;
}
