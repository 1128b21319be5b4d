// Whose routes are asked for a request, and what becomes of each of them.
import type { Entry } from '../browser/entry.ts';
import { selectedVersions } from '../genesis.ts';
import { isProblem } from '../problem.ts';
import type { RoutedRequest } from '../rules/routed-request.ts';
import { type RouteExplanation, RouteMatcher } from '../rules/route-matcher.ts';
import type { Selectors } from '../selector.ts';
import type { RoutedVersion, RouteTarget } from '../table/routed-version.ts';
import type { RoutingTable } from '../table/routing-table.ts';

/** Nothing, where a request doesn't get so far. */
export interface AskedRoutes {
  /** Versions whose routes are asked, and by what; `page`: it is an asset of a page of a version that was replaced. */
  readonly versions?: {
    readonly by: 'selector' | 'cookie' | 'page' | 'release';
    readonly asked: readonly RoutedVersion[];
  };
  /** Each of their routes in the order of precedence. */
  readonly routes?: readonly RouteExplanation<RouteTarget>[];
}

/** What decides beside what was entered with. */
interface RoutedBy {
  readonly selectors: Selectors;
  readonly request: RoutedRequest;
  /** The version of the page that an asset is of, where that is protected. */
  readonly replaced: RoutedVersion | undefined;
}

/** Whose routes are asked, and what becomes of each; nothing, where the request doesn't get so far. */
export function askedRoutes(
  table: RoutingTable,
  { choice: { environment }, asked, outcome }: Entry,
  { selectors, request, replaced }: RoutedBy,
): AskedRoutes {
  if (environment === undefined || !table.environments.has(environment)) return {};
  if (isProblem(outcome) && outcome.problem === 'access-refused') return {};
  const versions = replaced === undefined ? askedVersions(table, environment, asked.deployment) : [replaced];
  const matcher = new RouteMatcher(
    versions.flatMap((version) =>
      version.routesIn(table.environmentFor(version, environment) ?? { vars: {} }),
    ),
  );
  const isReleased = replaced === undefined && asked.deployment === undefined;
  const named = selectors.deployment === undefined ? 'cookie' : 'selector';
  return {
    versions: { by: isReleased ? 'release' : replaced === undefined ? named : 'page', asked: versions },
    routes: matcher.explain(request),
  };
}

function askedVersions(
  table: RoutingTable,
  environment: string,
  deployment: string | undefined,
): readonly RoutedVersion[] {
  if (deployment !== undefined) {
    const selected = selectedVersions(table, environment, deployment);
    return isProblem(selected) ? [] : selected;
  }
  return [...table.released(environment)].flatMap(([app, name]) => table.version(app, name) ?? []);
}
