// The edge: requests from outside. They are given their context here; whatever they claim about it is dropped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { outsideBaggage } from '../../core/routing/context.ts';
import { accessProblem, type Choice, chooseEnvironment } from '../../core/routing/environment-choice.ts';
import { requestHeaders, sortHeaders } from '../../core/routing/forwarded-headers.ts';
import { contextAt, decideGenesis, type Destination } from '../../core/routing/genesis.ts';
import { isProblem, type Problem } from '../../core/routing/problem.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { type Selectors, takeSelectors } from '../../core/routing/selector.ts';
import { LinkVerifier } from '../../core/routing/signed-link.ts';
import { Delivery, type Patience } from '../delivery/delivery.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
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
  choice: Choice;
  destination: Destination | undefined;
}

/** What answers requests from outside needs. */
export interface EdgeOptions {
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly patience: Patience;
  /** Whether the cluster has been read. */
  readonly isReady: () => boolean;
  /** On the embedded cluster: every environment has a local host, and everybody on this machine is outside. */
  readonly isEmbedded: boolean;
}

/** A listener for the requests of the edge's server. */
export function edgeListener({ table, endpoints, patience, isReady, isEmbedded }: EdgeOptions) {
  const links = new LinkVerifier();
  const passes = [refuseWhileStarting, refuseUncarried, select, checkTarget, choose, refuseClosed, enter];

  function refuseWhileStarting(): Problem | undefined {
    if (isReady()) return undefined;
    return {
      problem: 'starting',
      detail: 'The router has not read the cluster yet.',
      try: ['fox status'],
      retryAfter: 1,
    };
  }

  function choose(exchange: EdgeExchange): undefined {
    const { selectors, target, sorted } = exchange;
    const [host] = sorted.host;
    const arrival = { selectors, target, ...(host === undefined ? {} : { host }) };
    exchange.choice = chooseEnvironment(table.environments, arrival, isEmbedded);
    exchange.target = exchange.choice.target;
  }

  function refuseClosed({ selectors, choice: { environment }, request }: EdgeExchange): Problem | undefined {
    if (environment === undefined || !table.environments.has(environment)) return undefined;
    if (selectors.deployment === undefined && selectors.environment === undefined) return undefined;
    const asker = { selectors, isInside: !isEmbedded && isLoopback(request), now: Date.now() };
    return accessProblem(table.environments, environment, asker, links);
  }

  function enter(exchange: EdgeExchange): Problem | undefined {
    const { choice, selectors, target } = exchange;
    const decision = decideGenesis(table, choice.environment, selectors.deployment, pathOf(target));
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
    const target = request.url ?? '';
    const exchange: EdgeExchange = {
      request,
      response,
      sorted: sortHeaders(request.rawHeaders),
      target,
      added: [],
      selectors: {},
      choice: { target },
      destination: undefined,
    };
    if (!runPasses(exchange, passes) || exchange.destination === undefined) return;
    const { destination, choice, added, sorted } = exchange;
    const headers = requestHeaders(sorted, {
      context: contextAt(destination),
      others: outsideBaggage(sorted.baggage),
      client: clientOf(request),
      newId,
      told: destination.told,
      prefix: choice.prefix,
    });
    const { workload, component } = destination;
    new Delivery(
      request,
      response,
      { workload, component, target: exchange.target, headers, added },
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

/** A forwarded port, as of `fox proxy`: whoever opens one may do more with the pod than look at versions. */
function isLoopback(request: IncomingMessage): boolean {
  const client = clientOf(request);
  return client === '127.0.0.1' || client === '::1';
}
