// The routes of versions as they are in a virtual environment, in the order in which they are asked.
import type { Environment } from '../../core/environments/environment.ts';
import { compareRanked } from '../../core/routing/rules/precedence.ts';
import { findTies } from '../../core/routing/rules/route-ties.ts';
import { routeProblems, rulesIn, ruleText } from '../../core/routing/rules/rule.ts';
import type { RoutedVersion } from '../../core/routing/table/routed-version.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import type { Route } from '../../core/version/app.ts';

/** A route. */
export interface RouteItem {
  readonly app: string;
  readonly version: string;
  readonly component: string;
  /** Which of the component's routes, from 0 on. */
  readonly index: number;
  /** As it is written. */
  readonly rule: string;
  /** What it stands for in the environment: alternatives, with values in place of variables; none where one is missing. */
  readonly rules: readonly string[];
  readonly priority: number;
  /** Ms; absent: as the routers have it. */
  readonly timeout?: number;
  /** Bytes; absent likewise. */
  readonly maxBody?: number;
  /** Its version is released there. */
  readonly released: boolean;
  /** Why it matches nothing: `routes.0.env.REGION is required but has no value`. */
  readonly problems: readonly string[];
  /** Routes that may match the same requests, while nothing decides between them. */
  readonly ties: readonly RouteTieItem[];
}

/** A route that another one ties with. */
export interface RouteTieItem {
  readonly app: string;
  readonly component: string;
  readonly index: number;
  /** A request that both match; absent: none was found. */
  readonly example?: string;
}

/** A route, and whose it is. */
interface PlacedRoute extends Route {
  readonly route: Route;
  readonly version: RoutedVersion;
  readonly component: string;
  readonly index: number;
  readonly inForce: Pick<Environment, 'vars'>;
}

/** The routes of versions in an environment, in the order in which they are asked; those that match nothing last. */
export function routeItems(
  table: RoutingTable,
  versions: readonly RoutedVersion[],
  environment: string,
): RouteItem[] {
  const routes = versions.flatMap((version) => routesOf(table, version, environment));
  const ties = findTies(routes, ({ inForce }) => inForce);
  return routes
    .map((route) => ({ route, best: rulesOf(route)[0] }))
    .toSorted((a, b) => compareBest(a, b))
    .map(({ route }) => itemOf(route, ties, table.released(environment)));
}

function routesOf(table: RoutingTable, version: RoutedVersion, environment: string): PlacedRoute[] {
  const inForce = table.environmentFor(version, environment) ?? { vars: {} };
  return Object.entries(version.components).flatMap(([component, { routes }]) =>
    routes.map((route, index) => ({ ...route, route, version, component, index, inForce })),
  );
}

/** The rules that a route stands for, in the order in which they are asked. */
function rulesOf({ route, inForce, priority }: PlacedRoute) {
  return rulesIn(route, inForce)
    .map((rule) => ({ rule, priority }))
    .toSorted(compareRanked);
}

type Placed = { readonly best: ReturnType<typeof rulesOf>[number] | undefined };

function compareBest({ best: a }: Placed, { best: b }: Placed): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compareRanked(a, b);
}

function itemOf(
  route: PlacedRoute,
  ties: ReturnType<typeof findTies<PlacedRoute>>,
  released: ReadonlyMap<string, string>,
): RouteItem {
  const { version, component, index, inForce, rule, priority = 0, timeout, maxBody } = route;
  return {
    app: version.app,
    version: version.name,
    component,
    index,
    rule,
    rules: rulesOf(route).map((each) => ruleText(each.rule)),
    priority,
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxBody === undefined ? {} : { maxBody }),
    released: released.get(version.app) === version.name,
    problems: routeProblems({ routes: [route.route] }, inForce).map(
      ({ path, message }) => `${path.replace(/^routes\.0\./, `routes.${index}.`)} ${message}`,
    ),
    ties: ties
      .filter(({ routes }) => routes.includes(route))
      .map(({ routes: [one, other], example }) => ({
        ...nameOf(one === route ? other : one),
        ...(example === undefined ? {} : { example }),
      })),
  };
}

function nameOf({ version: { app }, component, index }: PlacedRoute) {
  return { app, component, index };
}
