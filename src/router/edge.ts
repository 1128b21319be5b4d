// The edge: requests from outside. They are given their context here; whatever they claim about it is dropped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { outsideBaggage } from '../core/context.ts';
import { requestHeaders, sortHeaders } from '../core/forwarded-headers.ts';
import { contextAt, decideGenesis, type Destination } from '../core/genesis.ts';
import { isProblem, type Problem } from '../core/problem.ts';
import type { RoutingTable } from '../core/routing-table.ts';
import { type Selectors, takeSelectors } from '../core/selector.ts';
import { Delivery, type Patience } from './delivery.ts';
import type { Endpoints } from './endpoints.ts';
import {
  checkTarget,
  clientOf,
  type Exchange,
  newId,
  pathOf,
  refuseUncarried,
  runPasses,
} from './exchange.ts';

interface EdgeExchange extends Exchange {
  selectors: Selectors;
  destination: Destination | undefined;
}

/** What answers requests from outside needs. */
export interface EdgeOptions {
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly patience: Patience;
  /** Whether the cluster has been read. */
  readonly isReady: () => boolean;
}

/** A listener for the requests of the edge's server. */
export function edgeListener({ table, endpoints, patience, isReady }: EdgeOptions) {
  const passes = [refuseWhileStarting, refuseUncarried, select, checkTarget, enter];

  function refuseWhileStarting(): Problem | undefined {
    if (isReady()) return undefined;
    return {
      problem: 'starting',
      detail: 'The router has not read the cluster yet.',
      try: ['fox status'],
      retryAfter: 1,
    };
  }

  function enter(exchange: EdgeExchange): Problem | undefined {
    const decision = decideGenesis(table, exchange.selectors, pathOf(exchange.target));
    if (isProblem(decision)) return decision;
    const { version, environment, component } = decision;
    exchange.destination = decision;
    exchange.added = [
      'fox-version',
      version.name,
      'fox-virtual-env',
      environment,
      'fox-component',
      component,
    ];
    return undefined;
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const exchange: EdgeExchange = {
      request,
      response,
      sorted: sortHeaders(request.rawHeaders),
      target: request.url ?? '',
      added: [],
      selectors: {},
      destination: undefined,
    };
    if (!runPasses(exchange, passes) || exchange.destination === undefined) return;
    const { destination, target, added, sorted } = exchange;
    const headers = requestHeaders(sorted, {
      context: contextAt(destination),
      others: outsideBaggage(sorted.baggage),
      client: clientOf(request),
      newId,
    });
    const { workload, component } = destination;
    new Delivery(
      request,
      response,
      { workload, component, target, headers, added },
      endpoints,
      patience,
    ).start();
  };
}

function select(exchange: EdgeExchange): Problem | undefined {
  const selected = takeSelectors(exchange.target, exchange.request.rawHeaders);
  if (isProblem(selected)) return selected;
  exchange.selectors = selected.selectors;
  exchange.target = selected.target;
  return undefined;
}
