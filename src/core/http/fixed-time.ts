import { setTimeout as delay } from 'node:timers/promises';
import { applyDecorators, Injectable, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';

/**
 * Several times what the routes need that ask for it: nearly all their answers leave at the first such moment. People wait
 * for a key derivation of a second anyway.
 */
const STEP_MS = 20;

/**
 * Answers and refuses at fixed times after a request has come in. The timer starts before the work does: one for the rest
 * of the time would tell with its rounding how long the work has taken.
 */
@Injectable()
export class FixedTimeInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(atFixedTime(() => lastValueFrom(next.handle())));
  }
}

/** What becomes of `work`, a multiple of 20 ms after its begin. One timer at a time for each call. */
async function atFixedTime<T>(work: () => Promise<T>): Promise<T> {
  const firstStep = delay(STEP_MS);
  const progress = { isOver: false };
  const outcome = Promise.allSettled([work()]).finally(() => {
    progress.isOver = true;
  });
  await firstStep;
  while (!progress.isOver) await delay(STEP_MS);
  const [settled] = await outcome;
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** For routes, or all routes of a controller, whose time must not tell whether somebody has a loginId. */
export function AnswersAtFixedTime(): ClassDecorator & MethodDecorator {
  return applyDecorators(UseInterceptors(FixedTimeInterceptor));
}
