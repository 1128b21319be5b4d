// What happens to a request on its way through the router: filled in by whoever knows, and told when it is over.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Trace } from '../../core/routing/request-headers.ts';
import type { Caller } from '../../core/routing/hop.ts';
import type { Origin } from '../../core/routing/origin.ts';
import type { ProblemKind } from '../../core/routing/problem.ts';

/** How a hop was given its context: it carried one, it was stamped with the only one possible, with one of several, or with none. */
export type HopContext = 'carried' | 'stamped' | 'shared' | 'none';

/** Times are of performance.now(), in ms. */
export interface Observation {
  readonly side: 'edge' | 'internal';
  readonly began: number;
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  readonly client: string;
  readonly host: string | undefined;
  readonly requestId: string;
  readonly traceparent: string;
  app?: string;
  version?: string;
  environment?: string;
  component?: string;
  /** Workload key. */
  workload?: string;
  /** Name of the pod that answered, or failed last. */
  pod?: string;
  /** The rule that matched, at the edge. */
  rule?: string;
  /** Who called, on the internal side. */
  caller?: Caller;
  hopContext?: HopContext;
  probe?: string;
  /** How often it was sent to a pod. */
  attempts: number;
  /** Ms that it waited for a pod, or for room. */
  waited: number;
  /** When the response's head went to the client. */
  answered?: number;
  status?: number;
  /** The router answered by itself. */
  problem?: ProblemKind;
  /** Why, where the client isn't told. */
  reason?: string;
  bytesIn: number;
  bytesOut: number;
  /** It stays open for as long as it likes. */
  stream?: 'websocket' | 'events';
  /** How it ended: whole, because the client went away, or because the component broke off. */
  end?: 'complete' | 'client-gone' | 'broken';
  /** Who hears of it. */
  readonly observers: readonly Observer[];
}

/** Hears of requests. */
export interface Observer {
  /** It is known where a request goes; or that a call between components leads nowhere: {@link Observation.problem}. */
  readonly onRouted?: (observation: Observation) => void;
  /** A stream is open; its end is told by {@link onEnd}. */
  readonly onStream?: (observation: Observation) => void;
  readonly onEnd?: (observation: Observation) => void;
}

/** Begins to observe a request; `observers` are told when its response is closed. */
export function observe(
  observers: readonly Observer[],
  side: Observation['side'],
  request: IncomingMessage,
  response: ServerResponse,
  { client }: Pick<Origin, 'client'>,
  { requestId, traceparent }: Trace,
): Observation {
  const observation: Observation = {
    side,
    began: performance.now(),
    method: request.method ?? '',
    target: request.url ?? '',
    client,
    host: request.headers.host,
    requestId,
    traceparent,
    attempts: 0,
    waited: 0,
    bytesIn: 0,
    bytesOut: 0,
    observers,
  };
  response.once('close', () => {
    observation.end ??= response.writableFinished ? 'complete' : 'client-gone';
    if (response.headersSent) observation.status ??= response.statusCode;
    for (const observer of observers) observer.onEnd?.(observation);
  });
  return observation;
}

/** It is known where it goes, or that it leads nowhere. */
export function tellRouted(observation: Observation): void {
  for (const observer of observation.observers) observer.onRouted?.(observation);
}

/** A stream has been opened. */
export function tellStream(observation: Observation, stream: NonNullable<Observation['stream']>): void {
  observation.stream = stream;
  for (const observer of observation.observers) observer.onStream?.(observation);
}
