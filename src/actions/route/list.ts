// `fox route list`: the routes of what is released in a virtual environment, or of a version, in the order in which they are asked.
import type { Environment } from '../../core/environments/environment.ts';
import { compareRanked } from '../../core/routing/rules/precedence.ts';
import { findTies } from '../../core/routing/rules/route-ties.ts';
import { routeProblems, rulesIn, ruleText } from '../../core/routing/rules/rule.ts';
import type { RoutedVersion } from '../../core/routing/table/routed-version.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import type { Route } from '../../core/version/app.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { markedDefault } from '../lookup/default-environment.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { clusterSummary, type ClusterSummary, withClusterSnapshot } from '../session/cluster-session.ts';
import { observedTable, requireRouted } from './observed-table.ts';

export interface RouteListOptions extends CommonOptions {
  /** Absent: what is released. */
  readonly version?: string;
  readonly virtualEnv?: string;
}

/** Routes as they are in a virtual environment. */
export interface RouteListResult {
  readonly schema: 'fox/v1';
  readonly kind: 'route list';
  readonly cluster: ClusterSummary;
  readonly environment: string;
  /** The version that was asked for; absent: what is released there was. */
  readonly version?: string;
  /** In the order in which they are asked: of those that match a request the first one gets it. */
  readonly items: readonly RouteItem[];
}

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
  /** Routes that match some of the same requests, while nothing decides between them. */
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

/** Lists routes; doesn't start a cluster. @throws FoxError NOT_FOUND. */
export async function listRoutes(
  options: RouteListOptions,
  context: ActionContext,
): Promise<RouteListResult> {
  return withWorkspace(context, options, async ({ app, defaultEnvironment, ...workspace }) =>
    withClusterSnapshot(workspace, context, async (session) => {
      const state = await session.namespace.observe();
      const environment = options.virtualEnv ?? markedDefault(state) ?? defaultEnvironment;
      if (options.virtualEnv !== undefined) requireEnvironment(state, environment);
      const table = observedTable(state, undefined);
      const named = options.version === undefined ? undefined : findVersion(state, app, options.version).name;
      const ofApp = options.app === undefined ? undefined : app;
      const versions =
        named === undefined
          ? releasedVersions(table, environment, ofApp, context)
          : [requireRouted(table, app, named)];
      return {
        schema: 'fox/v1',
        kind: 'route list',
        cluster: clusterSummary(session),
        environment,
        ...(named === undefined ? {} : { version: named }),
        items: routeItems(table, versions, environment),
      };
    }),
  );
}

/** What is released in an environment, of one app or of all; what can't be routed to is told. */
function releasedVersions(
  table: RoutingTable,
  environment: string,
  ofApp: string | undefined,
  { emit }: Pick<ActionContext, 'emit'>,
): RoutedVersion[] {
  return [...table.released(environment)].flatMap(([app, name]) => {
    if (ofApp !== undefined && app !== ofApp) return [];
    const version = table.version(app, name);
    if (version !== undefined) return [version];
    const why = table.damage(app, name) ?? 'it is gone';
    emit({ type: 'warning', text: `${app} ${name} is released, and can't be routed to: ${why}` });
    return [];
  });
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
