// The internal side: calls from one component to another. Who calls is known by the connection, never by what the request says.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBaggage } from '../../core/routing/context.ts';
import { requestHeaders, sortHeaders } from '../../core/routing/forwarded-headers.ts';
import { decideHop, type Hop } from '../../core/routing/hop.ts';
import { isProblem, type Problem } from '../../core/routing/problem.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { answerProblem } from './answer.ts';
import type { Call, Callers } from '../callers/callers.ts';
import { Delivery, type Patience } from '../delivery/delivery.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import { checkTarget, clientOf, type Exchange, newId, refuseUncarried, runPasses } from './exchange.ts';

interface HopExchange extends Exchange {
  readonly call: Call;
  others: readonly string[];
  hop: Hop | undefined;
}

/** What answers calls between components needs. */
export interface InternalOptions {
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly patience: Patience;
  readonly callers: Pick<Callers, 'identify'>;
  /** Hears of calls that lead nowhere. */
  readonly onRefused: (refusal: Problem) => void;
}

/** A listener for the requests of the servers that components call. */
export function internalListener({ table, endpoints, patience, callers, onRefused }: InternalOptions) {
  const passes = [refuseUncarried, checkTarget, hop];

  function hop(exchange: HopExchange): Problem | undefined {
    const { call } = exchange;
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

  function answer(request: IncomingMessage, response: ServerResponse, call: Call): void {
    const sorted = sortHeaders(request.rawHeaders);
    const exchange: HopExchange = {
      request,
      response,
      call,
      target: request.url ?? '',
      added: [],
      sorted,
      others: [],
      hop: undefined,
    };
    if (!runPasses(exchange, passes) || exchange.hop === undefined) return;
    const { others, target, added } = exchange;
    const { workload, component, context, told } = exchange.hop;
    const headers = requestHeaders(sorted, { context, others, client: clientOf(request), newId, told });
    new Delivery(
      request,
      response,
      { workload, component, target, headers, added },
      endpoints,
      patience,
    ).start();
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    callers.identify(request, (call) => {
      // Who calls may have been found out only after the caller had enough.
      if (response.destroyed) return;
      if (!isProblem(call)) return answer(request, response, call);
      onRefused(call);
      answerProblem(response, call);
    });
  };
}
