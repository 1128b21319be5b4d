// Why a request from outside goes where it goes: the steps of the edge, one by one, by the functions that decide there.
import { accessProblem, isInside } from '../access.ts';
import { type Choice, chooseEnvironment, hostName } from '../environment-choice.ts';
import { type HeaderList, sortHeaders } from '../forwarded-headers.ts';
import { decideGenesis, type Destination, selectedVersions } from '../genesis.ts';
import { type Origin, outsideOrigin } from '../origin.ts';
import { isProblem, type Problem } from '../problem.ts';
import type { SettingsInForce } from '../router-settings.ts';
import { type RoutedRequest, routedRequest } from '../rules/routed-request.ts';
import { type RouteExplanation, RouteMatcher } from '../rules/route-matcher.ts';
import { findSelectors, placesOf, type Selectors, takeSelectors } from '../selector.ts';
import { LinkVerifier } from '../signed-link.ts';
import type { RoutedVersion, RouteTarget } from '../table/routed-version.ts';
import type { RoutingTable } from '../table/routing-table.ts';

/** A request as it would arrive. */
export interface Inquiry {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Name, value, name, value … */
  readonly headers: HeaderList;
  /** Address that it would come from. */
  readonly peer: string;
}

/** What a router knows, and what kind of router it is. */
export interface RouterView {
  readonly table: RoutingTable;
  readonly settings: SettingsInForce;
  readonly isEmbedded: boolean;
  /** Ms since 1970. */
  readonly now: number;
}

/** A selector that a request has, in one of the places where it can stand. */
export interface FoundSelector {
  readonly selects: keyof Selectors;
  /** `query kf-dep` */
  readonly place: string;
  readonly value: string;
  /** It is the first of its kind; the others say nothing. */
  readonly counts: boolean;
}

/** The steps of a decision, as far as it gets. */
export interface RequestExplanation {
  readonly origin: Origin;
  readonly selectors: readonly FoundSelector[];
  /** What names an environment, in the order of precedence: the first one counts. */
  readonly environments: readonly Choice[];
  /** Whether the environment may be asked for like that; absent: nothing was asked for by name. */
  readonly access?: { readonly isAllowed: boolean; readonly isInside: boolean };
  /** Versions whose routes are asked, and whether that is so because the request names them. */
  readonly versions?: { readonly areSelected: boolean; readonly asked: readonly RoutedVersion[] };
  /** Each of their routes in the order of precedence. */
  readonly routes?: readonly RouteExplanation<RouteTarget>[];
  /** What captures of the best one stand for. */
  readonly captures?: Readonly<Record<string, string>>;
  readonly outcome: Destination | Problem;
}

const links = new LinkVerifier();

/** Explains a request. */
export function explainRequest(inquiry: Inquiry, view: RouterView): RequestExplanation {
  const { table, isEmbedded, settings } = view;
  const origin = outsideOrigin(sortHeaders(inquiry.headers), inquiry.peer, settings.proxies);
  const selected = takeSelectors(inquiry.target, inquiry.headers);
  if (isProblem(selected)) return { origin, selectors: [], environments: [], outcome: selected };
  const { selectors, target } = selected;
  const { host } = origin;
  const arrival = { selectors, target, ...(host === undefined ? {} : { host }) };
  const environments = environmentsNamed(table, arrival, isEmbedded);
  const [choice = { target }] = environments;
  const found = { origin, selectors: foundSelectors(inquiry), environments };
  const access = accessOf(choice, selectors, origin, view);
  if (isProblem(access)) return { ...found, access: { isAllowed: false, isInside: false }, outcome: access };
  const request = routedRequest({
    method: inquiry.method,
    target: choice.target,
    host: host === undefined ? undefined : hostName(host),
    headers: inquiry.headers,
  });
  return { ...found, ...access, ...explainRoutes(table, choice.environment, selectors.deployment, request) };
}

/** All selectors of a request, each kind in the order of precedence. */
function foundSelectors({ target, headers }: Inquiry): FoundSelector[] {
  const found = new Map<string, string>();
  findSelectors(target, headers, found);
  return (['environment', 'deployment', 'signature'] as const).flatMap((selects) =>
    placesOf(selects)
      .flatMap((place) => {
        const value = found.get(place);
        return value === undefined ? [] : [{ selects, place, value }];
      })
      .map((each, index) => ({ ...each, counts: index === 0 })),
  );
}

/** What would decide, what would if that said nothing, and so on. */
function environmentsNamed({ environments }: RoutingTable, arrival: Arrival, isEmbedded: boolean): Choice[] {
  const named: Choice[] = [];
  let rest = arrival;
  for (;;) {
    const choice = chooseEnvironment(environments, rest, isEmbedded);
    if (choice.by === undefined) return named;
    named.push(choice);
    if (choice.by === 'default') return named;
    rest = without[choice.by](rest);
  }
}

type Arrival = Parameters<typeof chooseEnvironment>[1];

/** The same arrival, saying nothing by which it was chosen. */
const without: Readonly<Record<Exclude<Choice['by'], 'default' | undefined>, (arrival: Arrival) => Arrival>> =
  {
    selector: (arrival) => {
      const { environment: _, ...selectors } = arrival.selectors;
      return { ...arrival, selectors };
    },
    cookie: (arrival) => {
      const { kept: _, ...rest } = arrival;
      return rest;
    },
    host: (arrival) => {
      const { host: _, ...rest } = arrival;
      return rest;
    },
    'sub-path': (arrival) => ({ ...arrival, target: '/' }),
  };

/** Nothing, where nothing is asked for by name. */
function accessOf(
  { environment }: Choice,
  selectors: Selectors,
  origin: Origin,
  { table: { environments }, isEmbedded, settings, now }: RouterView,
): Pick<RequestExplanation, 'access'> | Problem {
  if (environment === undefined || !environments.has(environment)) return {};
  if (selectors.deployment === undefined && selectors.environment === undefined) return {};
  const inside = isInside(origin, settings, isEmbedded);
  const problem = accessProblem(environments, environment, { selectors, isInside: inside, now }, links);
  return problem ?? { access: { isAllowed: true, isInside: inside } };
}

/** Whose routes are asked, what becomes of each, and where that leads. */
function explainRoutes(
  table: RoutingTable,
  environment: string | undefined,
  deployment: string | undefined,
  request: RoutedRequest,
): Pick<RequestExplanation, 'versions' | 'routes' | 'captures' | 'outcome'> {
  const outcome = decideGenesis(table, environment, deployment, request);
  if (environment === undefined || !table.environments.has(environment)) return { outcome };
  const asked = askedVersions(table, environment, deployment);
  const matcher = new RouteMatcher(
    asked.flatMap((version) => version.routesIn(table.environmentFor(version, environment) ?? { vars: {} })),
  );
  return {
    versions: { areSelected: deployment !== undefined, asked },
    routes: eachOnce(matcher.explain(request)),
    captures: matcher.match(request)?.captures ?? {},
    outcome,
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

/** A route that stands for several rules is told by the one that comes first of those that match, else by the first. */
function eachOnce(routes: readonly RouteExplanation<RouteTarget>[]): RouteExplanation<RouteTarget>[] {
  const known = new Map<unknown, RouteExplanation<RouteTarget>>();
  for (const each of routes) {
    const before = known.get(each.target.route);
    if (before === undefined || (each.matches && !before.matches)) known.set(each.target.route, each);
  }
  const kept = new Set(known.values());
  return routes.filter((each) => kept.has(each));
}
