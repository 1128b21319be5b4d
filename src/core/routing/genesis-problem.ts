// What requests from outside are told that find no destination: what is missing, and what there is instead.
import { didYouMean } from '../names.ts';
import { nothingInForceFor } from './not-in-force.ts';
import { badSelector, nameList, type Problem } from './problem.ts';
import type { RouteMatch } from './rules/route-matcher.ts';
import type { RoutedRequest } from './rules/routed-request.ts';
import type { RoutedVersion, RouteTarget } from './table/routed-version.ts';
import type { RoutingTable } from './table/routing-table.ts';

export function unknownEnvironment(table: RoutingTable, name: string): Problem {
  const { names } = table.environments;
  return {
    problem: 'unknown-environment',
    detail: `There is no virtual environment "${name}"${suggestion(name, names)} There are: ${nameList(names)}.`,
    try: [`fox deploy <version> -e ${nameOrPlaceholder(name)}`, 'fox status'],
    facts: { environment: name },
  };
}

export function unknownVersion(table: RoutingTable, name: string): Problem {
  const deployments = table.apps
    .flatMap((app) => table.versionNames(app).map((version) => `${app}-${version}`))
    .toSorted();
  const names = table.apps.flatMap((app) => table.versionNames(app));
  return {
    problem: 'unknown-version',
    detail: `There is no version "${name}"${suggestion(name, [...deployments, ...names].toSorted())} There are: ${nameList(deployments)}.`,
    try: ['fox versions', `fox deploy ${nameOrPlaceholder(name)}`],
    facts: { version: name },
  };
}

/** Why a version can't be routed to; undefined if it can, or isn't there. */
export function damagedVersion(table: RoutingTable, app: string, version: string): Problem | undefined {
  const why = table.damage(app, version);
  if (why === undefined) return undefined;
  return {
    problem: 'damaged-version',
    detail: `Version ${version} of ${app} can't be routed to: ${why}.`,
    try: [`fox delete ${version} --app ${app}`, `fox deploy ${version} --app ${app}`],
    facts: { app, version },
  };
}

export function notRunning(
  table: RoutingTable,
  versions: readonly RoutedVersion[],
  environment: string,
): Problem {
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

export function noRoute(
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

export function ambiguousRoute(
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

export function ambiguousSelector(
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

/** So many names are compared: whoever asks for what isn't there shall not keep the router from its work. */
const mostCompared = 50;

/** The likeliest of sorted names; of many, those that stand around it in the alphabet are compared. */
function suggestion(name: string, sorted: readonly string[]): string {
  const after = sorted.findIndex((each) => each >= name);
  const middle = after === -1 ? sorted.length : after;
  const first = Math.max(0, Math.min(middle - mostCompared / 2, sorted.length - mostCompared));
  const guess = didYouMean(name, sorted.slice(first, first + mostCompared));
  return guess === undefined ? '.' : `; did you mean "${guess}"?`;
}

/** A name from a request is put into a command only if it is a plain one. */
function nameOrPlaceholder(name: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9./_-]*$/.test(name) ? name : '<name>';
}
