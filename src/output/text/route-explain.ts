// Text of `fox route explain`: one line per step, each with its reason and with what lost.
import type { ExplainedRoute, RouteExplainResult } from '../../actions/route/explain-result.ts';
import { printable } from '../printable.ts';
import type { Style } from '../style.ts';
import { destinationSteps } from './route-destination.ts';
import { problemLines, type Step, stepLines } from './route-steps.ts';

/** The steps of a request, and where they lead. */
export function routeExplainText(result: RouteExplainResult, style: Style): string {
  const { destination, problem } = result;
  const request = printable(result.request);
  const from = request.client === undefined ? '' : `, from ${request.client}`;
  return [
    `${style.bold(`${request.method} ${request.target}`)}${style.dim(`  of ${request.host ?? 'no host'}${from}`)}`,
    ...stepLines(
      [
        ...selectorSteps(result),
        ...cookieSteps(result),
        ...environmentSteps(result),
        ...versionSteps(result),
        ...routeSteps(result),
        ...(destination === undefined ? [] : destinationSteps(destination, result)),
      ],
      style,
    ),
    ...(problem === undefined ? [] : problemLines(problem, style)),
  ].join('\n');
}

const selected = { deployment: 'version', environment: 'environment', signature: 'signature' } as const;

function selectorSteps({ selectors }: RouteExplainResult): Step[] {
  if (selectors.length === 0) return [['selectors', 'none']];
  const lines = selectors.map(({ selects, place, value, counts }) => {
    const what = value === undefined ? place : `${place} = ${value}`;
    return counts ? `${what} (${selected[selects]})` : `${what} says nothing: the one before counts more`;
  });
  return [['selectors', ...lines]];
}

const cookieStates = {
  counts: '',
  unheard: ' counts no more: the browser comes from elsewhere',
  stale: " counts no more: what it says doesn't hold",
  idle: ' says nothing here',
} as const;

function cookieSteps({ cookies }: RouteExplainResult): Step[] {
  if (cookies.length === 0) return [];
  const lines = cookies.map(
    ({ name, value, state }) => `${value === undefined ? name : `${name} = ${value}`}${cookieStates[state]}`,
  );
  return [['cookies', ...lines]];
}

/** What a virtual environment or a version was chosen by, as a reason. */
const reasons = {
  selector: 'the request asks for it',
  cookie: 'its browser has kept it in a cookie',
  page: 'it is an asset of a page of that, which was replaced a moment ago',
  host: 'the host is its own',
  'sub-path': 'the path begins with its sub-path',
  default: 'it is the default one',
} as const;

function environmentSteps({ environment, access, subPath }: RouteExplainResult): Step[] {
  if (environment === undefined) return [];
  const { name, by, others } = environment;
  return [
    [
      'environment',
      `${name}: ${reasons[by]}`,
      ...others.map((each) => `else ${each.name}: ${reasons[each.by]}`),
    ],
    ...(access === undefined ? [] : [['access', accessText(access)] as const]),
    ...(subPath === undefined ? [] : [['sub-path', `${subPath} is removed from the path`] as const]),
  ];
}

function accessText({ access, isAllowed }: NonNullable<RouteExplainResult['access']>): string {
  if (access === 'open') return 'open: everybody may ask for it by name';
  return `${access}: this request may ${isAllowed ? '' : 'not '}ask for it by name`;
}

function versionSteps({ version, environment }: RouteExplainResult): Step[] {
  if (version === undefined || version.asked.length === 0) return [];
  if (version.by === 'release') {
    const text = version.asked.map(
      ({ app, name, revision }) => `${app} ${name}${revision === undefined ? '' : ` (revision ${revision})`}`,
    );
    return [['version', `${text.join(', ')}: released in ${environment?.name ?? ''}`]];
  }
  const { released = [] } = version;
  const otherwise =
    released.length === 0
      ? `without that, none: nothing is released in ${environment?.name ?? ''}`
      : `without that, ${namesOf(released)}: released in ${environment?.name ?? ''}`;
  return [['version', `${namesOf(version.asked)}: ${reasons[version.by]}`, otherwise]];
}

function namesOf(versions: readonly { readonly app: string; readonly name: string }[]): string {
  return versions.map(({ app, name }) => `${app} ${name}`).join(', ');
}

function routeSteps({ routes, routeProblems, destination, version }: RouteExplainResult): Step[] {
  if (version === undefined || version.asked.length === 0) return [];
  const withApp = new Set(routes.map(({ app }) => app)).size > 1;
  const text = ({ rule, app, component }: ExplainedRoute) =>
    `${rule} of ${withApp ? `${app} ` : ''}${component}`;
  const best = routes.filter(({ matches, why }) => matches && why === undefined);
  // Those that match, too, are what one asks about.
  const lost = routes
    .filter((each) => !best.includes(each))
    .toSorted((a, b) => Number(b.matches) - Number(a.matches));
  const [first] = best;
  const head =
    first === undefined
      ? 'none matches'
      : best.length > 1
        ? `${best.map(text).join(' and ')}: nothing decides between them`
        : lost.some(({ matches }) => matches)
          ? text(first)
          : `${text(first)}, the only one that matches`;
  const shown = destination === undefined ? lost : lost.slice(0, mostLost);
  return [
    [
      'route',
      head,
      ...shown.map((each) => `not ${text(each)}: ${whyText(each)}`),
      ...(lost.length > shown.length ? [`and ${lost.length - shown.length} more that lost (-o json)`] : []),
      ...routeProblems.map((each) => `matches nothing here: ${each}`),
    ],
  ];
}

/** A rule of one condition isn't said twice. */
function whyText({ rule, why = '' }: ExplainedRoute): string {
  const again = `${rule} doesn't hold: `;
  return why.startsWith(again) ? why.slice(again.length) : why;
}

/** Routes that lost are many in a large app; where the request gets somewhere, the first ones tell enough. */
const mostLost = 8;
