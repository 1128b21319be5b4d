// Genesis: which workload a request from outside goes to. First the virtual environment, then the version, then the component.
import type { Route } from '../version/app.ts';
import type { Context } from './context.ts';
import { nothingInForceFor } from './not-in-force.ts';
import { nothingReleased, nowhere } from './nothing-released.ts';
import { didYouMean, versionNameOf } from '../names.ts';
import { badSelector, isProblem, nameList, type Problem } from './problem.ts';
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

function unknownEnvironment(table: RoutingTable, name: string): Problem {
  const { names } = table.environments;
  return {
    problem: 'unknown-environment',
    detail: `There is no virtual environment "${name}"${suggestion(name, names)} There are: ${nameList(names)}.`,
    try: [`fox deploy <version> -e ${nameOrPlaceholder(name)}`, 'fox status'],
    facts: { environment: name },
  };
}

function unknownVersion(table: RoutingTable, name: string): Problem {
  const deployments = table.apps
    .flatMap((app) => table.versionNames(app).map((version) => `${app}-${version}`))
    .toSorted();
  const names = table.apps.flatMap((app) => table.versionNames(app));
  return {
    problem: 'unknown-version',
    detail: `There is no version "${name}"${suggestion(name, [...deployments, ...names])} There are: ${nameList(deployments)}.`,
    try: ['fox versions', `fox deploy ${nameOrPlaceholder(name)}`],
    facts: { version: name },
  };
}

function damagedVersion(table: RoutingTable, app: string, version: string): Problem | undefined {
  const why = table.damage(app, version);
  if (why === undefined) return undefined;
  return {
    problem: 'damaged-version',
    detail: `Version ${version} of ${app} can't be routed to: ${why}.`,
    try: [`fox delete ${version} --app ${app}`, `fox deploy ${version} --app ${app}`],
    facts: { app, version },
  };
}

function notRunning(table: RoutingTable, versions: readonly RoutedVersion[], environment: string): Problem {
  const [first] = versions;
  const nothingInForce = first === undefined ? undefined : nothingInForceFor(table, first, environment);
  if (nothingInForce !== undefined) return nothingInForce;
  const names = versions.map(({ deployment }) => deployment);
  return {
    problem: 'not-running',
    detail: `${names.join(' and ')} ${names.length === 1 ? 'does' : 'do'} not run in virtual environment ${environment}.`,
    try: versions.map(({ app, name }) => `fox deploy ${name} -e ${environment} --app ${app}`),
    facts: { versions: names, environment },
  };
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

function noRoute(
  table: RoutingTable,
  versions: readonly RoutedVersion[],
  environment: string,
  { method, path }: RoutedRequest,
): Problem {
  const names = versions.map(({ deployment }) => deployment);
  const rules = versions.flatMap(({ components }) =>
    Object.values(components).flatMap(({ routes }) => routes.map(({ rule }) => rule)),
  );
  const lacking = versions.flatMap((version) => table.routeProblems(version, environment));
  const besides = lacking.length === 0 ? '' : ` In ${environment}, ${nameList(lacking)}.`;
  return {
    problem: 'no-route',
    detail: `No route of ${names.join(', ')} matches ${method} ${path}. Routes: ${nameList(rules)}.${besides}`,
    try: ['Add a route for the path to a component in fox.config.yaml, and deploy a new version.'],
    facts: { versions: names, environment },
  };
}

function ambiguousRoute(
  { targets }: RouteMatch<RouteTarget>,
  environment: string,
  { method, path }: RoutedRequest,
): Problem {
  return {
    problem: 'ambiguous-route',
    detail: `Equal routes of ${targetNames(targets).join(' and ')} match ${method} ${path}.`,
    try: targets.map(({ version }) => `?kf-dep=${version.deployment}`),
    facts: { routes: targetNames(targets), environment },
  };
}

function ambiguousSelector(
  { targets }: RouteMatch<RouteTarget>,
  name: string,
  { path }: RoutedRequest,
): Problem {
  const what = `selects several apps that answer ${path} equally: ${targetNames(targets).join(' and ')}`;
  return {
    ...badSelector(`version "${name}"`, what),
    try: targets.map(({ version }) => `?kf-dep=${version.deployment}`),
  };
}

function targetNames(targets: readonly RouteTarget[]): string[] {
  return targets.map(({ version, component }) => `${component} of ${version.deployment}`);
}

function suggestion(name: string, candidates: readonly string[]): string {
  const guess = didYouMean(name, candidates);
  return guess === undefined ? '.' : `; did you mean "${guess}"?`;
}

/** A name from a request is put into a command only if it is a plain one. */
function nameOrPlaceholder(name: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9./_-]*$/.test(name) ? name : '<name>';
}
