// Browsers at the edge: what they want, which of their cookies change, and what their responses look like so that they stay in context.
import { type ContextCookies, cookieName, setCookie } from '../../core/routing/browser/context-cookies.ts';
import type { Entry } from '../../core/routing/browser/entry.ts';
import { type FetchIntent, fetchIntent } from '../../core/routing/browser/fetch-intent.ts';
import { type CookieChanges, keptContext } from '../../core/routing/browser/kept-context.ts';
import { type ResponseShape, shapedHeaders } from '../../core/routing/browser/response-shape.ts';
import type { EffectiveEnvironment } from '../../core/environments/inheritance.ts';
import { noSkew } from '../../core/environments/skew-protection.ts';
import { ownResponseHeaders } from '../../core/routing/response-headers.ts';
import { wholePrefix } from '../../core/routing/request-headers.ts';
import {
  selectedByUrl,
  selectorHeaders,
  selectorQuery,
  type Selectors,
} from '../../core/routing/selector.ts';
import type { Exchange } from './exchange.ts';

/** A request as a browser may have sent it. */
export interface BrowserExchange extends Exchange {
  /** As they came, without the cookies of fox: name, value, … */
  readonly headers: readonly string[];
  readonly cookies: ContextCookies;
  selectors: Selectors;
  /** Where it enters. */
  entry: Entry;
  /** It is an asset of a page whose version was replaced. */
  isProtected: boolean;
  /** `Set-Cookie` values for the case that the response is a page. */
  cookiesOfPage: readonly string[];
}

/** What the browser wants. */
export function intentOf({ request, origin: { host } }: Exchange): FetchIntent {
  return fetchIntent({ method: request.method ?? '', headers: request.rawHeaders, host });
}

/** Whether the browser comes from elsewhere, so that what it has kept doesn't count. */
export function isFromElsewhere(exchange: BrowserExchange): boolean {
  return exchange.cookies.size > 0 && intentOf(exchange).isFromElsewhere;
}

/** Works out which cookies change. `plainEnvironment`: where it would have come to without selectors and cookies. */
export function keepContext(
  exchange: BrowserExchange,
  inForce: EffectiveEnvironment | undefined,
  plainEnvironment: () => string | undefined,
): void {
  const { cookies, entry } = exchange;
  // Whoever selects by headers sends them with every request: cookies would only carry that elsewhere.
  const selectors = selectedByUrl(exchange.request.url ?? '', exchange.selectors);
  const isSelected = selectors.deployment !== undefined || selectors.environment !== undefined;
  if (cookies.size === 0 && !isSelected && (inForce?.skewProtection ?? noSkew) === noSkew) return;
  const visit = {
    entry,
    cookies,
    selectors,
    inForce,
    intent: intentOf(exchange),
    plainEnvironment: selectors.environment === undefined ? undefined : plainEnvironment(),
  };
  const { changes, changesOfPage } = keptContext(visit);
  exchange.added = [
    ...exchange.added,
    ...setCookies(exchange, changes).flatMap((value) => ['set-cookie', value]),
  ];
  exchange.cookiesOfPage = setCookies(exchange, changesOfPage);
}

function setCookies({ entry, sorted, origin }: BrowserExchange, changes: CookieChanges): string[] {
  const isSecure = origin.proto === 'https';
  const { prefix } = entry.choice;
  const below = prefix === undefined ? '/' : wholePrefix(sorted, origin, prefix);
  return [...changes].flatMap(([name, value]) => {
    // Nothing tells where one that ends was set.
    const paths = name === cookieName.environment ? ['/'] : value === undefined ? [below, '/'] : [below];
    return [...new Set(paths)].map((path) => setCookie(name, value, { path, isSecure }));
  });
}

/** What is made of the response's headers; undefined: nothing. */
export function shapeOf(
  exchange: BrowserExchange,
  inForce: EffectiveEnvironment | undefined,
): ((headers: string[]) => string[]) | undefined {
  const { entry, request, sorted, origin, cookiesOfPage } = exchange;
  const { prefix } = entry.choice;
  const selectors = selectorQuery(request.url ?? '');
  const chosenBy = chosenByHeaders(exchange, inForce);
  const isAddressed = prefix !== undefined || selectors !== '';
  const isTold = inForce?.responseHeaders !== false;
  if (!isAddressed && isTold && chosenBy === undefined && cookiesOfPage.length === 0) return undefined;
  const hosts = [origin.host, sorted.host[0]].filter((host) => host !== undefined);
  const { target } = exchange;
  const below = prefix === undefined ? {} : { prefix, wholePrefix: wholePrefix(sorted, origin, prefix) };
  const shape: ResponseShape = {
    cookiesOfPage,
    ...(isAddressed ? { address: { hosts, target, selectors, ...below } } : {}),
    ...(chosenBy === undefined ? {} : { chosenBy }),
    ...(isTold ? {} : { withheld: ownResponseHeaders }),
  };
  return (headers) => shapedHeaders(headers, shape);
}

/** Headers that have chosen what answers; none, and yet not undefined, where it isn't for everybody who has the URL. */
function chosenByHeaders(
  { entry, isProtected, request }: BrowserExchange,
  inForce: EffectiveEnvironment | undefined,
): readonly string[] | undefined {
  const isByCookie = isProtected || entry.used.length > 0;
  const { deployment, environment } = entry.asked;
  if (!isByCookie && deployment === undefined && environment === undefined) return undefined;
  const names = [...selectorHeaders].filter((name) => request.headers[name] !== undefined);
  const chosenBy = isByCookie ? ['cookie', ...names] : names;
  return chosenBy.length > 0 || inForce?.access !== 'open' ? chosenBy : undefined;
}
