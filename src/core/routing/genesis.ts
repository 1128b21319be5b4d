// Genesis: which workload a request from outside goes to. First the virtual environment, then the version, then the component.
import type { Route } from '../version/app.ts';
import type { Context } from './context.ts';
import {
  ambiguousRoute,
  ambiguousSelector,
  damagedVersion,
  noRoute,
  notRunning,
  unknownEnvironment,
  unknownVersion,
} from './genesis-problem.ts';
import { nothingReleased, nowhere } from './nothing-released.ts';
import { versionNameOf } from '../names.ts';
import { isProblem, type Problem } from './problem.ts';
import type { RoutedRequest } from './rules/routed-request.ts';
import { writeRouteParameters } from './route-parameters.ts';
import { compareMatches, type RouteMatch } from './rules/route-matcher.ts';
import type { RoutedVersion, RouteTarget } from './table/routed-version.ts';
import type { RoutingTable } from './table/routing-table.ts';

/** Where a request goes. */
export interface Destination {
  readonly version: RoutedVersion;
  readonly environment: string;
  readonly component: string;
  /** Workload key. */
  readonly workload: string;
  /** What the component is told by `x-fox-env`; absent: nothing. */
  readonly told?: string;
  /** What the component is told by `x-fox-params`; absent: nothing. */
  readonly parameters?: string;
  readonly route: Route;
}

/** The context that a request to a destination carries. */
export function contextAt({ version, environment }: Destination): Context {
  return { deployment: version.deployment, environment };
}

/**
 * Where a request from outside goes.
 * @param environment as it was chosen; undefined: there is no default one.
 */
export function decideGenesis(
  table: RoutingTable,
  environment: string | undefined,
  deployment: string | undefined,
  request: RoutedRequest,
): Destination | Problem {
  if (environment === undefined) return nowhere(table);
  if (!table.environments.has(environment)) return unknownEnvironment(table, environment);
  return deployment === undefined
    ? decideReleased(table, environment, request)
    : decideSelected(table, environment, deployment, request);
}

/** Plain traffic: over the routes of all that is released there. */
function decideReleased(
  table: RoutingTable,
  environment: string,
  request: RoutedRequest,
): Destination | Problem {
  const match = table.releasedRoutes(environment).match(request);
  if (match === undefined) return unmatchedRelease(table, environment, request);
  const [target, rival] = match.targets;
  if (target === undefined) return unmatchedRelease(table, environment, request);
  if (rival !== undefined) return ambiguousRoute(match, environment, request);
  return destination(table, match, target, environment);
}

/** A version by name: that version in every app that has one, if it runs there. */
function decideSelected(
  table: RoutingTable,
  environment: string,
  name: string,
  request: RoutedRequest,
): Destination | Problem {
  const running = selectedVersions(table, environment, name);
  if (isProblem(running)) return running;
  const match = bestMatch(table, running, environment, request);
  const [target, rival] = match?.targets ?? [];
  if (match === undefined || target === undefined) return noRoute(table, running, environment, request);
  if (rival !== undefined) return ambiguousSelector(match, name, request);
  return destination(table, match, target, environment);
}

/** The versions that a selector means, and that run in an environment: at least one. */
export function selectedVersions(
  table: RoutingTable,
  environment: string,
  name: string,
): RoutedVersion[] | Problem {
  const named = versionsNamed(table, name);
  if (isProblem(named)) return named;
  const running = named.filter((version) => table.isLive(version, environment));
  return running.length === 0 ? notRunning(table, named, environment) : running;
}

function destination(
  table: RoutingTable,
  { captures }: RouteMatch<RouteTarget>,
  { version, component, route }: RouteTarget,
  environment: string,
): Destination | Problem {
  const workload = table.isLive(version, environment)
    ? table.workloads(version, environment)?.get(component)
    : undefined;
  if (workload === undefined) return notRunning(table, [version], environment);
  const told = table.told(version, environment, component);
  if (typeof told === 'object') return told;
  const parameters = writeRouteParameters(captures);
  return {
    version,
    environment,
    component,
    workload,
    route,
    ...(told === undefined ? {} : { told }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** Versions that `order-app-v1`, `v1`, or the raw name of a branch (`feature/x`, `order-app-feature/x`) can mean. */
function versionsNamed(table: RoutingTable, name: string): RoutedVersion[] | Problem {
  const found: RoutedVersion[] = [];
  let damaged: Problem | undefined;
  for (const app of table.apps) {
    const names = new Set([name, versionNameOf(name)]);
    if (name.startsWith(`${app}-`)) {
      const rest = name.slice(app.length + 1);
      names.add(rest).add(versionNameOf(rest));
    }
    for (const each of names) {
      const version = table.version(app, each);
      if (version !== undefined) found.push(version);
      damaged ??= damagedVersion(table, app, each);
    }
  }
  return found.length === 0 ? (damaged ?? unknownVersion(table, name)) : found;
}

function bestMatch(
  table: RoutingTable,
  versions: readonly RoutedVersion[],
  environment: string,
  request: RoutedRequest,
): RouteMatch<RouteTarget> | undefined {
  let best: RouteMatch<RouteTarget> | undefined;
  for (const version of versions) {
    const match = table.routesOf(version, environment)?.match(request);
    if (match === undefined) continue;
    const order = best === undefined ? -1 : compareMatches(match, best);
    if (order < 0) best = match;
    else if (order === 0 && best !== undefined)
      best = { ...best, targets: [...best.targets, ...match.targets] };
  }
  return best;
}

/** Nothing released, or what is released is gone, damaged, or has no route for the path. */
function unmatchedRelease(table: RoutingTable, environment: string, request: RoutedRequest): Problem {
  const released = [...table.released(environment)];
  if (released.length === 0) return nothingReleased(table, environment);
  const versions: RoutedVersion[] = [];
  for (const [app, name] of released) {
    const version = table.version(app, name);
    if (version === undefined)
      return damagedVersion(table, app, name) ?? unknownVersion(table, `${app}-${name}`);
    versions.push(version);
  }
  return noRoute(table, versions, environment, request);
}
