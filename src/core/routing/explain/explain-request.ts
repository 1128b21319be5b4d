// Why a request from outside goes where it goes: the steps of the edge, one by one, by the functions that decide there.
import { accessProblem, discreetly, isInside } from '../access.ts';
import { type ContextCookies, noCookies, takeCookies } from '../browser/context-cookies.ts';
import { decideEntry, type Entry } from '../browser/entry.ts';
import { assetDestination } from '../browser/skew.ts';
import { headProblem, methodProblem, targetProblem } from '../carried-request.ts';
import { fetchIntent } from '../browser/fetch-intent.ts';
import { type Choice, hostName } from '../environment-choice.ts';
import { type HeaderList } from '../connection-headers.ts';
import { sortHeaders } from '../request-headers.ts';
import type { Destination } from '../genesis.ts';
import { matchedHeaders } from '../matched-headers.ts';
import { type Origin, outsideOrigin } from '../origin.ts';
import { isProblem, type Problem } from '../problem.ts';
import type { SettingsInForce } from '../router-settings.ts';
import { routedRequest } from '../rules/routed-request.ts';
import { type Selectors, takeSelectors } from '../selector.ts';
import { LinkVerifier } from '../signed-link.ts';
import type { RoutingTable } from '../table/routing-table.ts';
import { askedRoutes, type AskedRoutes } from './asked-routes.ts';
import { type FoundSelector, foundSelectors } from './found-selectors.ts';
import { namedEnvironments } from './named-environments.ts';

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

/** A cookie of fox, and what becomes of it. */
export interface FoundCookie {
  readonly name: string;
  readonly value: string;
  /** `unheard`: the browser comes from elsewhere · `stale`: what it says doesn't hold any more · `idle`: something else counts more. */
  readonly state: 'counts' | 'unheard' | 'stale' | 'idle';
}

/** The steps of a decision, as far as it gets. */
export interface RequestExplanation extends AskedRoutes {
  readonly origin: Origin;
  readonly selectors: readonly FoundSelector[];
  readonly cookies: readonly FoundCookie[];
  /** What names an environment, in the order of precedence: the first one counts. */
  readonly environments: readonly Choice[];
  /** Whether what is asked for by name may be asked for; absent: nothing is. */
  readonly isAllowed?: boolean;
  readonly outcome: Destination | Problem;
  /** The problem as clients are told it. */
  readonly told?: Problem;
}

const links = new LinkVerifier();

/** Explains a request. */
export function explainRequest(inquiry: Inquiry, view: RouterView): RequestExplanation {
  const sorted = sortHeaders(inquiry.headers);
  const origin = outsideOrigin(sorted, inquiry.peer, view.settings.proxies);
  const refused = (problem: Problem) => {
    return { origin, selectors: [], cookies: [], environments: [], outcome: problem, told: problem };
  };
  const headRefused = headProblem(inquiry.target, inquiry.headers) ?? methodProblem(inquiry.method);
  if (headRefused !== undefined) return refused(headRefused);
  const selected = takeSelectors(inquiry.target, inquiry.headers);
  if (isProblem(selected)) return refused(selected);
  const targetRefused = targetProblem(selected.target, sorted.host);
  return targetRefused === undefined ? explainEntry(inquiry, selected, origin, view) : refused(targetRefused);
}

function explainEntry(
  inquiry: Inquiry,
  { selectors, target }: { readonly selectors: Selectors; readonly target: string },
  origin: Origin,
  { table, settings, isEmbedded, now }: RouterView,
): RequestExplanation {
  const { environments } = table;
  const { host } = origin;
  const { cookies, headers } = takeCookies(inquiry.headers);
  const intent = fetchIntent({ method: inquiry.method, headers, host });
  const { isFromElsewhere } = intent;
  const arrival = { selectors, target, ...(host === undefined ? {} : { host }) };
  const isAllowed = isInside(origin, settings, isEmbedded);
  const requestFor = (rest: string) =>
    routedRequest(
      {
        method: inquiry.method,
        target: rest,
        host: host === undefined ? undefined : hostName(host),
      },
      () => matchedHeaders(headers, origin),
    );
  const refuse = (environment: string | undefined, asked: Selectors) =>
    accessProblem(environments, environment, { selectors: asked, isInside: isAllowed, now }, links);
  const heard = isFromElsewhere ? noCookies : cookies;
  const entry = decideEntry(
    table,
    { ...arrival, cookies: heard },
    { isLocal: isEmbedded, refuse, requestFor },
  );
  const { choice, asked } = entry;
  const request = requestFor(choice.target);
  const replaced = assetDestination(table, { entry, cookies, intent, request, now });
  const outcome = replaced ?? entry.outcome;
  const kept = choice.by === 'cookie' && choice.environment !== undefined ? { kept: choice.environment } : {};
  const question = {
    environment: choice.environment,
    namesVersion: asked.deployment !== undefined,
    isInside: isAllowed,
  };
  return {
    origin,
    selectors: foundSelectors(inquiry.target, inquiry.headers),
    cookies: foundCookies(cookies, entry, isFromElsewhere),
    environments: namedEnvironments(environments, { ...arrival, ...kept }, isEmbedded),
    ...(asked.deployment === undefined && asked.environment === undefined
      ? {}
      : { isAllowed: refuse(choice.environment, asked) === undefined }),
    ...askedRoutes(table, entry, { selectors, request, replaced: replaced?.version }),
    outcome,
    ...(isProblem(outcome) ? { told: discreetly(outcome, environments, question) } : {}),
  };
}

function foundCookies(
  cookies: ContextCookies,
  { used, stale }: Entry,
  isFromElsewhere: boolean,
): FoundCookie[] {
  return [...cookies].map(([name, value]) => {
    if (isFromElsewhere) return { name, value, state: 'unheard' };
    if (used.includes(name)) return { name, value, state: 'counts' };
    return { name, value, state: stale.includes(name) ? 'stale' : 'idle' };
  });
}
