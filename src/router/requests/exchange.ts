// One request on its way through the router: a chain of small passes over it, each of which may end it with a problem.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SortedHeaders, Trace } from '../../core/routing/request-headers.ts';
import { methodProblem, targetProblem } from '../../core/routing/carried-request.ts';
import type { Origin } from '../../core/routing/origin.ts';
import type { Problem } from '../../core/routing/problem.ts';
import { answerObserved } from './answer.ts';
import type { Observation } from '../observers/observation.ts';

/** A request, what has been found out about it, and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sorted: SortedHeaders;
  /** Who asks, and by which host: trusted proxies are believed. */
  readonly origin: Origin;
  readonly trace: Trace;
  /** Path and query, as the component will see them. */
  target: string;
  /** Headers that the response gets: name, value, … */
  added: readonly string[];
  readonly observation: Observation;
}

/** Looks at an exchange, changes it, or says why it ends here. */
export interface Pass<T extends Exchange> {
  (exchange: T): Problem | undefined;
}

/** Makes of a problem what the client is told of it. */
export interface Tell {
  (problem: Problem): Problem;
}

/** Runs the passes in their order. @returns whether none of them ended it; else it has been answered. */
export function runPasses<T extends Exchange>(
  exchange: T,
  passes: readonly Pass<T>[],
  tell: Tell = (problem) => problem,
): boolean {
  for (const pass of passes) {
    const problem = pass(exchange);
    if (problem === undefined) continue;
    answerObserved(exchange, tell(problem));
    return false;
  }
  return true;
}

/** Refuses what the router doesn't carry. */
export function refuseUncarried({ request }: Exchange): Problem | undefined {
  return methodProblem(request.method ?? '');
}

/** Refuses requests that say twice where they go, and targets that can't be matched safely. */
export function checkTarget({ target, sorted }: Exchange): Problem | undefined {
  return targetProblem(target, sorted.host);
}
