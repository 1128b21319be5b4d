// `fox route list`: the routes of what is released in a virtual environment, or of a version, in the order in which they are asked.
import type { RoutedVersion } from '../../core/routing/table/routed-version.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { markedDefault } from '../lookup/default-environment.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { clusterSummary, type ClusterSummary, withClusterSnapshot } from '../session/cluster-session.ts';
import { observedTable, requireRouted } from './observed-table.ts';
import { type RouteItem, routeItems } from './route-items.ts';

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
