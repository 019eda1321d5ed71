import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { INTERNAL_PROBLEM, type ErrorTranslation, problemOfException } from './problem-of-exception.js';
import { sendProblem } from './problem.js';

/** Makes every exception that reaches the edge of the server a problem document (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly translations: readonly ErrorTranslation[]) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw exception;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOfException(exception, this.translations);
    if (problem === null) this.log(exception, request);
    if (reply.raw.headersSent) {
      // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    if (!reply.sent) sendProblem(problem ?? INTERNAL_PROBLEM, request, reply);
  }

  private log(exception: unknown, request: FastifyRequest): void {
    const route = `${request.method} ${request.routeOptions.url ?? 'unknown route'}`;
    const stack = exception instanceof Error ? exception.stack : String(exception);
    this.logger.error(`Unexpected failure of ${route} (request ${request.id})`, stack);
  }
}
