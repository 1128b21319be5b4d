// Answers that the router gives itself.
import type { ServerResponse } from 'node:http';
import { type Problem, problemBody, problemKinds } from '../../core/routing/problem.ts';

/** Answers with a problem, unless an answer has begun or the client is gone. `headers` are added: name, value, … */
export function answerProblem(
  response: ServerResponse,
  problem: Problem,
  headers: readonly string[] = [],
): void {
  if (writeProblem(response, problem, headers)) response.end();
}

/** Writes all of a problem, without ending the response. @returns whether it did: no answer had begun, and the client is there. */
export function writeProblem(
  response: ServerResponse,
  problem: Problem,
  headers: readonly string[] = [],
): boolean {
  if (response.headersSent || response.destroyed) return false;
  const body = problemBody(problem);
  response.writeHead(problemKinds[problem.problem].status, [
    'content-type',
    'application/problem+json',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    ...(problem.retryAfter === undefined ? [] : ['retry-after', String(problem.retryAfter)]),
    ...headers,
  ]);
  response.write(body);
  return true;
}
