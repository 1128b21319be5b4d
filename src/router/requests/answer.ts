// Answers that the router gives itself.
import type { ServerResponse } from 'node:http';
import { type Problem, problemBody, problemKinds } from '../../core/routing/problem.ts';
import type { Observation } from '../observers/observation.ts';

/** A request that the router may answer itself. */
interface Observed {
  readonly response: ServerResponse;
  readonly observation: Observation;
  /** Headers that the response gets: name, value, … */
  readonly added: readonly string[];
}

/** Answers a request with a problem, and notes that. */
export function answerObserved({ response, observation, added }: Observed, problem: Problem): void {
  noteProblem(observation, problem);
  answerProblem(response, problem, added);
}

/** Notes of a request that the router answers it with a problem. */
export function noteProblem(observation: Observation, { problem, reason }: Problem): void {
  observation.problem = problem;
  observation.answered = performance.now();
  if (reason !== undefined) observation.reason = reason;
}

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
