import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { DEVICE_HEADER } from '@sealpost/protocol';
import type { FastifyRequest } from 'fastify';

/** A handler's parameter of type `string | undefined`: the device token that the request brings. Nothing of it is verified. */
export const DeviceToken = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const token = context.switchToHttp().getRequest<FastifyRequest>().headers[DEVICE_HEADER];
  return typeof token === 'string' ? token : undefined;
});

/** For routes that look at `@DeviceToken()`. */
export function TakesDeviceToken(): MethodDecorator {
  return ApiHeader({
    name: 'Sealpost-Device',
    required: false,
    description:
      'The `deviceToken` of an earlier session of this account, not more than 180 days old: the attempt then counts ' +
      'towards a limit of the known device, and not towards that of the loginId, which strangers can use up. Any other ' +
      'value is passed over.',
    schema: { type: 'string', maxLength: 256, pattern: '^[\\w-]+$' },
  });
}
