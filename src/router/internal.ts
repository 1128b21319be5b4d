// The internal side: calls from one component to another. Who calls is known by the connection, never by what the request says.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBaggage } from '../core/context.ts';
import { requestHeaders, sortHeaders } from '../core/forwarded-headers.ts';
import { decideHop, type Hop } from '../core/hop.ts';
import { isProblem, type Problem } from '../core/problem.ts';
import type { RoutingTable } from '../core/routing-table.ts';
import type { Callers } from './callers.ts';
import { Delivery, type Patience } from './delivery.ts';
import type { Endpoints } from './endpoints.ts';
import { checkTarget, clientOf, type Exchange, newId, refuseUncarried, runPasses } from './exchange.ts';

interface HopExchange extends Exchange {
  others: readonly string[];
  hop: Hop | undefined;
}

/** What answers calls between components needs. */
export interface InternalOptions {
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly patience: Patience;
  readonly callers: Pick<Callers, 'callOf'>;
  /** Hears of calls that lead nowhere. */
  readonly onRefused: (refusal: Problem) => void;
}

/** A listener for the requests of the servers that components call. */
export function internalListener({ table, endpoints, patience, callers, onRefused }: InternalOptions) {
  const passes = [refuseUncarried, checkTarget, hop];

  function hop(exchange: HopExchange): Problem | undefined {
    const call = callers.callOf(exchange.request.socket);
    if (call === undefined) {
      return {
        problem: 'unknown-caller',
        detail: 'No workload of fox calls by this connection.',
        try: ['Call the edge of the router.'],
      };
    }
    const baggage = readBaggage(exchange.sorted.baggage);
    if (isProblem(baggage)) return baggage;
    const decision = decideHop(table, call.caller, call.callee, baggage);
    if (isProblem(decision)) {
      onRefused(decision);
      return decision;
    }
    exchange.others = baggage.others;
    exchange.hop = decision;
    return undefined;
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const sorted = sortHeaders(request.rawHeaders);
    const exchange: HopExchange = {
      request,
      response,
      target: request.url ?? '',
      added: [],
      sorted,
      others: [],
      hop: undefined,
    };
    if (!runPasses(exchange, passes) || exchange.hop === undefined) return;
    const { others, target, added } = exchange;
    const { workload, component, context } = exchange.hop;
    const headers = requestHeaders(sorted, { context, others, client: clientOf(request), newId });
    new Delivery(
      request,
      response,
      { workload, component, target, headers, added },
      endpoints,
      patience,
    ).start();
  };
}
