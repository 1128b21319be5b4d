// Answers that the router gives itself.
import type { ServerResponse } from 'node:http';
import { type Problem, problemBody, problemKinds } from '../../core/routing/problem.ts';
import type { Observation } from '../observers/observation.ts';

/** A request that the router may answer itself. */
export interface Observed {
  readonly response: ServerResponse;
  readonly observation: Observation;
  /** Headers that the response gets: name, value, … */
  readonly added: readonly string[];
}

/** Answers a request with a problem, and notes that. */
export function answerObserved(observed: Observed, problem: Problem): void {
  if (writeObserved(observed, problem)) observed.response.end();
}

/** Writes all of a problem and notes that, without ending the response. @returns whether it was written, see {@link writeProblem}. */
export function writeObserved({ response, observation, added }: Observed, problem: Problem): boolean {
  observation.problem = problem.problem;
  observation.answered = performance.now();
  if (problem.reason !== undefined) observation.reason = problem.reason;
  const bytes = writeProblem(response, problem, added);
  if (bytes === undefined) return false;
  observation.bytesOut += bytes;
  return true;
}

/** Answers with a problem, unless an answer has begun or the client is gone. */
export function answerProblem(response: ServerResponse, problem: Problem): void {
  if (writeProblem(response, problem, []) !== undefined) response.end();
}

/**
 * Writes all of a problem, without ending the response. `headers` are added: name, value, …
 * @returns bytes of the body; undefined: an answer had begun, or the client is gone.
 */
function writeProblem(
  response: ServerResponse,
  problem: Problem,
  headers: readonly string[],
): number | undefined {
  if (response.headersSent || response.destroyed) return undefined;
  const body = problemBody(problem);
  const bytes = Buffer.byteLength(body);
  response.writeHead(problemKinds[problem.problem].status, [
    'content-type',
    'application/problem+json',
    'content-length',
    String(bytes),
    'cache-control',
    'no-store',
    ...(problem.retryAfter === undefined ? [] : ['retry-after', String(problem.retryAfter)]),
    ...headers,
  ]);
  response.write(body);
  return response.req.method === 'HEAD' ? 0 : bytes;
}
