// The edge: requests from outside. They are given their context here; whatever they claim about it is dropped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessProblem, discreetly, isInside } from '../../core/routing/access.ts';
import { noCookies } from '../../core/routing/browser/context-cookies.ts';
import { decideEntry, type Entry } from '../../core/routing/browser/entry.ts';
import { assetDestination } from '../../core/routing/browser/skew.ts';
import { chooseEnvironment } from '../../core/routing/environment-choice.ts';
import { probeHeader, probeOf } from '../../core/routing/probe.ts';
import { isProblem, type Problem } from '../../core/routing/problem.ts';
import type { SettingsInForce } from '../../core/routing/router-settings.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { takeSelectors } from '../../core/routing/selector.ts';
import { LinkVerifier } from '../../core/routing/signed-link.ts';
import { Delivery } from '../delivery/delivery.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import type { Patience } from '../patience.ts';
import { intentOf, isFromElsewhere, keepContext, shapeOf } from './browser-context.ts';
import { arrivedExchange, type EdgeExchange, orderOf, routedAs, starting } from './edge-exchange.ts';
import { checkTarget, refuseUncarried, runPasses } from './exchange.ts';
import { type Observer, tellRouted } from '../observers/observation.ts';

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
  const passes = [refuseWhileStarting, refuseUncarried, select, checkTarget, enter, keep, protect, proceed];

  function refuseWhileStarting(): Problem | undefined {
    return isReady() ? undefined : starting;
  }

  /** Whose question it is, and about what. */
  function questionOf({ entry: { choice, asked }, origin }: EdgeExchange) {
    return {
      environment: choice.environment,
      namesVersion: asked.deployment !== undefined,
      isInside: isInside(origin, settings(), isEmbedded),
    };
  }

  function enter(exchange: EdgeExchange): undefined {
    const { selectors, target, origin } = exchange;
    const { host } = origin;
    const cookies = isFromElsewhere(exchange) ? noCookies : exchange.cookies;
    const asker = { isInside: isInside(origin, settings(), isEmbedded), now: Date.now() };
    exchange.entry = decideEntry(
      table,
      { selectors, cookies, target, ...(host === undefined ? {} : { host }) },
      {
        isLocal: isEmbedded,
        refuse: (environment, asked) =>
          accessProblem(table.environments, environment, { ...asker, selectors: asked }, links),
        requestFor: (path) => routedAs(exchange, path),
      },
    );
  }

  function keep(exchange: EdgeExchange): undefined {
    const { entry, target, origin } = exchange;
    keepContext(exchange, inForceAt(entry), () => {
      const arrival = { selectors: {}, target, ...(origin.host === undefined ? {} : { host: origin.host }) };
      return chooseEnvironment(table.environments, arrival, isEmbedded).environment;
    });
  }

  function protect(exchange: EdgeExchange): undefined {
    const { entry, cookies } = exchange;
    if (cookies.size === 0) return;
    const intent = intentOf(exchange);
    const request = routedAs(exchange, entry.choice.target);
    const destination = assetDestination(table, { entry, cookies, intent, request, now: Date.now() });
    if (destination === undefined) return;
    exchange.entry = { ...entry, outcome: destination };
    exchange.isProtected = true;
  }

  function proceed(exchange: EdgeExchange): Problem | undefined {
    const { entry, observation, request } = exchange;
    const { outcome } = entry;
    exchange.target = entry.choice.target;
    if (entry.choice.environment !== undefined) observation.environment = entry.choice.environment;
    if (isProblem(outcome)) return outcome;
    const { version, environment, component, workload, route } = outcome;
    exchange.destination = outcome;
    const observed = { app: version.app, version: version.name, environment, component, workload };
    Object.assign(observation, { ...observed, rule: route.rule });
    const probe = probeOf(request.headers[probeHeader], exchange.selectors);
    if (probe !== undefined) observation.probe = probe;
    tellRouted(observation);
    if (inForceAt(entry)?.responseHeaders !== true) return undefined;
    const told = ['fox-version', version.name, 'fox-virtual-env', environment, 'fox-component', component];
    exchange.added = [...exchange.added, ...told];
    return undefined;
  }

  function inForceAt({ choice: { environment } }: Entry) {
    return environment === undefined ? undefined : table.environments.get(environment);
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = arrivedExchange(request, response, settings(), observers);
    const tell = (problem: Problem) => discreetly(problem, table.environments, questionOf(exchange));
    if (!runPasses(exchange, passes, tell) || exchange.destination === undefined) return;
    const order = orderOf(exchange, exchange.destination, settings(), patience.deadline);
    const shape = shapeOf(exchange, inForceAt(exchange.entry));
    const shaped = { ...order, tell, ...(shape === undefined ? {} : { shape }) };
    new Delivery(request, response, shaped, endpoints, patience).start();
  };
}

function select(exchange: EdgeExchange): Problem | undefined {
  const selected = takeSelectors(exchange.target, exchange.request.rawHeaders);
  if (isProblem(selected)) return selected;
  exchange.selectors = selected.selectors;
  exchange.target = selected.target;
  return undefined;
}
