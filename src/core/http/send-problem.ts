import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js';

export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** Answers with a problem document. Fastify leaves the body out for HEAD. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const document = problemDocument(problem, { requestId: request.id, path: pathOf(request.raw.url ?? '/') });
  void reply
    .status(problem.status)
    .headers(problem.headers ?? {})
    .header('content-type', PROBLEM_MEDIA_TYPE)
    // Bytes are sent as they are; to a string Fastify would add a charset, which this media type does not have.
    .send(Buffer.from(JSON.stringify(document)));
}
