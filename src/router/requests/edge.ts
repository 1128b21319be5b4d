// The edge: requests from outside. They are given their context here; whatever they claim about it is dropped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessProblem, discreetly, isInside } from '../../core/routing/access.ts';
import { outsideBaggage } from '../../core/routing/context.ts';
import { type Choice, chooseEnvironment, hostName } from '../../core/routing/environment-choice.ts';
import { requestHeaders, sortHeaders } from '../../core/routing/forwarded-headers.ts';
import { contextAt, decideGenesis, type Destination } from '../../core/routing/genesis.ts';
import { outsideOrigin } from '../../core/routing/origin.ts';
import { probeHeader, probeOf } from '../../core/routing/probe.ts';
import { isProblem, type Problem } from '../../core/routing/problem.ts';
import type { SettingsInForce } from '../../core/routing/router-settings.ts';
import { routedRequest } from '../../core/routing/rules/routed-request.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { type Selectors, takeSelectors } from '../../core/routing/selector.ts';
import { LinkVerifier } from '../../core/routing/signed-link.ts';
import { deadlineToCarry, timeAtEdge } from '../delivery/deadline.ts';
import { Delivery } from '../delivery/delivery.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import type { Patience } from '../delivery/order.ts';
import { checkTarget, clientOf, type Exchange, newId, refuseUncarried, runPasses } from './exchange.ts';
import { observe, type Observer, tellRouted } from './observation.ts';

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
  readonly settings: () => SettingsInForce;
  readonly observers: readonly Observer[];
  /** On the embedded cluster: every environment has a local host, and everybody on this machine is outside. */
  readonly isEmbedded: boolean;
}

/** A listener for the requests of the edge's server. */
export function edgeListener({
  table,
  endpoints,
  patience,
  settings,
  observers,
  isReady,
  isEmbedded,
}: EdgeOptions) {
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

  /** Whose question it is, and about what. */
  function questionOf({ choice: { environment }, selectors: { deployment }, origin }: EdgeExchange) {
    return {
      environment,
      namesVersion: deployment !== undefined,
      isInside: isInside(origin, settings(), isEmbedded),
    };
  }

  function choose(exchange: EdgeExchange): undefined {
    const {
      selectors,
      target,
      origin: { host },
    } = exchange;
    const arrival = { selectors, target, ...(host === undefined ? {} : { host }) };
    exchange.choice = chooseEnvironment(table.environments, arrival, isEmbedded);
    exchange.target = exchange.choice.target;
  }

  function refuseClosed({ selectors, choice: { environment }, origin }: EdgeExchange): Problem | undefined {
    const asker = { selectors, isInside: isInside(origin, settings(), isEmbedded), now: Date.now() };
    return accessProblem(table.environments, environment, asker, links);
  }

  function enter(exchange: EdgeExchange): Problem | undefined {
    const { choice, selectors, target, request, origin, observation } = exchange;
    if (choice.environment !== undefined) observation.environment = choice.environment;
    const decision = decideGenesis(
      table,
      choice.environment,
      selectors.deployment,
      routedRequest({
        method: request.method ?? '',
        target,
        host: origin.host === undefined ? undefined : hostName(origin.host),
        headers: request.rawHeaders,
      }),
    );
    if (isProblem(decision)) return decision;
    const { version, environment, component, workload, route } = decision;
    exchange.destination = decision;
    Object.assign(observation, {
      app: version.app,
      version: version.name,
      environment,
      component,
      workload,
      rule: route.rule,
    });
    const probe = probeOf(request.headers[probeHeader], selectors);
    if (probe !== undefined) observation.probe = probe;
    tellRouted(observation);
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
    const sorted = sortHeaders(request.rawHeaders);
    const origin = outsideOrigin(sorted, clientOf(request), settings().proxies);
    const exchange: EdgeExchange = {
      request,
      response,
      sorted,
      origin,
      target,
      added: [],
      observation: observe(observers, 'edge', request, response, origin.client),
      selectors: {},
      choice: { target },
      destination: undefined,
    };
    const tell = (problem: Problem) => discreetly(problem, table.environments, questionOf(exchange));
    if (!runPasses(exchange, passes, tell) || exchange.destination === undefined) return;
    const { destination, choice, added, observation } = exchange;
    const { version, workload, component, route } = destination;
    const { timeout, maxBody = settings().maxBody } = route;
    const deadline = deadlineToCarry(timeout, request, Date.now());
    const headers = requestHeaders(sorted, {
      context: contextAt(destination),
      others: outsideBaggage(sorted.baggage),
      marks: {
        ...(deadline === undefined ? {} : { deadline }),
        ...(observation.probe === undefined ? {} : { probe: observation.probe }),
      },
      origin,
      newId,
      told: destination.told,
      prefix: choice.prefix,
    });
    const order = {
      workload,
      component,
      target: exchange.target,
      headers,
      added,
      tell,
      observation,
      limits: version.components[component]?.delivery ?? {},
      timeout: timeAtEdge(timeout, patience.deadline),
      ...(maxBody === undefined ? {} : { maxBody }),
    };
    new Delivery(request, response, order, endpoints, patience).start();
  };
}

function select(exchange: EdgeExchange): Problem | undefined {
  const selected = takeSelectors(exchange.target, exchange.request.rawHeaders);
  if (isProblem(selected)) return selected;
  exchange.selectors = selected.selectors;
  exchange.target = selected.target;
  return undefined;
}
