// Which cookies a response sets and which it ends, so that a browser stays where a selection has led it, and leaves again.
import type { EffectiveEnvironment } from '../../environments/inheritance.ts';
import { skewMilliseconds } from '../../environments/skew-protection.ts';
import { isProblem } from '../problem.ts';
import type { Selectors } from '../selector.ts';
import { type ContextCookies, cookieName } from './context-cookies.ts';
import type { Entry } from './entry.ts';
import type { FetchIntent } from './fetch-intent.ts';

/** A request, and what was decided of it. */
export interface Visit {
  readonly entry: Entry;
  /** All that it came with, whether they counted or not. */
  readonly cookies: ContextCookies;
  /** By its URL. */
  readonly selectors: Selectors;
  readonly intent: FetchIntent;
  /** The environment that it would have come to without selectors and cookies. */
  readonly plainEnvironment: string | undefined;
  /** What is in force in the environment that it has come to. */
  readonly inForce: EffectiveEnvironment | undefined;
}

/** Cookies by name; without a value they end. */
export type CookieChanges = ReadonlyMap<string, string | undefined>;

/** What a response does to cookies. */
export interface KeptContext {
  readonly changes: CookieChanges;
  /** Only if it is an HTML page. */
  readonly changesOfPage: CookieChanges;
}

/** What becomes of a browser's cookies. */
export function keptContext(visit: Visit): KeptContext {
  const { cookies, intent } = visit;
  const selected = selectedCookies(visit);
  const wanted = differing(selected, cookies);
  const ended = [...endedCookies(visit)].filter((name) => cookies.has(name) && !selected.has(name));
  const ends = ended.map((name) => [name, undefined] as const);
  const page = differing(pageCookie(visit), cookies);
  if (intent.kind === 'unclear') return { changes: new Map(ends), changesOfPage: wanted };
  return { changes: new Map([...ends, ...wanted, ...page]), changesOfPage: new Map() };
}

/** What a selection by a navigation leaves behind. */
function selectedCookies({ entry, selectors, intent, plainEnvironment, inForce }: Visit): CookieChanges {
  const kept = new Map<string, string | undefined>();
  const { deployment, environment: named, signature } = selectors;
  if (intent.kind === 'part' || isProblem(entry.outcome) || inForce?.sticky !== true) return kept;
  const { environment } = entry.outcome;
  if (named !== undefined)
    kept.set(cookieName.environment, environment === plainEnvironment ? undefined : environment);
  if (deployment !== undefined) kept.set(cookieName.deployment(environment), deployment);
  const isSelected = named !== undefined || deployment !== undefined;
  if (isSelected && signature !== undefined && inForce.access === 'signed')
    kept.set(cookieName.signature(environment), signature);
  return kept;
}

/** Names of cookies that have had their time. */
function endedCookies({ entry, cookies, intent, inForce }: Visit): Set<string> {
  const { environment } = entry.choice;
  const ended = new Set(entry.stale);
  const kept = cookies.get(cookieName.environment);
  const end = (name: string) => {
    ended.add(cookieName.deployment(name)).add(cookieName.signature(name));
    if (kept === name) ended.add(cookieName.environment);
  };
  if (intent.isFromElsewhere && kept !== undefined) end(kept);
  if (environment !== undefined && (intent.isFromElsewhere || inForce?.sticky === false)) end(environment);
  return ended;
}

/** What a page is that nobody has selected, where that is to be known for its assets. */
function pageCookie({ entry, intent, inForce }: Visit): CookieChanges {
  const { environment = '' } = entry.choice;
  const name = cookieName.page(environment);
  if (inForce === undefined || skewMilliseconds(inForce) === 0) return new Map([[name, undefined]]);
  const isPlainPage = intent.kind === 'navigation' && intent.isTold && entry.asked.deployment === undefined;
  if (!isPlainPage || isProblem(entry.outcome)) return new Map();
  return new Map([[name, entry.outcome.version.deployment]]);
}

/** Those that would make a difference to the browser. */
function differing(changes: CookieChanges, cookies: ContextCookies): Map<string, string | undefined> {
  return new Map([...changes].filter(([name, value]) => cookies.get(name) !== value));
}
