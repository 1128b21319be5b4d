// Finds the best route for a request, and explains why it is the best.
import type { RoutedRequest } from './routed-request.ts';
import { actualText, captureBy, conditionHolds, conditionText } from './predicate.ts';
import { compareRanked, reasonBetween } from './precedence.ts';
import { routeTree } from './route-tree.ts';
import { conditionsOf, type Rule } from './rule-branches.ts';

/** A rule and what it leads to. A route that stands for several rules is there several times, with the same target. */
export interface Route<T> {
  readonly rule: Rule;
  readonly target: T;
  /** Routes with a higher one are asked first. Absent: 0. */
  readonly priority?: number | undefined;
}

/** The best rule for a request. More than one target: a tie that nothing decides. */
export interface RouteMatch<T> {
  readonly rule: Rule;
  readonly priority?: number | undefined;
  readonly targets: readonly T[];
  /** What the captures of the rule stand for, by name; of the first target. */
  readonly captures: Readonly<Record<string, string>>;
}

/** What becomes of one route when a request is matched. */
export interface RouteExplanation<T> {
  readonly target: T;
  readonly matches: boolean;
  /**
   * Where it matches: what decides that the best one goes before it (`Path goes before PathPrefix`), undefined for the best
   * one itself and for those that tie with it. Else: what of its rule doesn't hold (``Method(`GET`) doesn't hold: the method is PUT``).
   */
  readonly why?: string;
}

/** Routes, compiled. */
export class RouteMatcher<T> {
  readonly #routes: readonly Route<T>[];
  readonly #tree: ReturnType<typeof routeTree>;

  constructor(routes: Iterable<Route<T>>) {
    this.#routes = [...routes];
    this.#tree = routeTree(this.#routes);
  }

  /** The best match by the order of {@link compareRanked}; undefined if no rule matches. */
  match(request: RoutedRequest): RouteMatch<T> | undefined {
    const found = this.#tree.find(request);
    const first = this.#routes[found[0] ?? -1];
    if (first === undefined) return undefined;
    const { rule, priority, target } = first;
    const targets = found.length === 1 ? [target] : this.#targetsOf(found);
    return { rule, priority, targets, captures: capturesOf(rule, request) };
  }

  /** What becomes of each route, each once, in the order of precedence. */
  explain(request: RoutedRequest): RouteExplanation<T>[] {
    const best = this.match(request);
    const byTarget = new Map<T, Route<T>[]>();
    for (const route of this.#routes.toSorted(compareRanked))
      byTarget.set(route.target, [...(byTarget.get(route.target) ?? []), route]);
    const decisive = [...byTarget.values()].flatMap((rules) => {
      const chosen = rules.find(({ rule }) => failing(rule, request) === undefined) ?? rules[0];
      return chosen === undefined ? [] : [{ chosen, rules }];
    });
    return decisive
      .toSorted((a, b) => compareRanked(a.chosen, b.chosen))
      .map(({ chosen: { rule, priority, target }, rules }) => {
        if (failing(rule, request) !== undefined)
          return { target, matches: false, why: failures(rules, request) };
        const why = best === undefined ? undefined : reasonBetween(best, { rule, priority });
        return { target, matches: true, ...(why === undefined ? {} : { why }) };
      });
  }

  /** In the order of the routes, each once. */
  #targetsOf(found: readonly number[]): T[] {
    const targets = found.toSorted((a, b) => a - b).map((index) => this.#routes[index]);
    return [...new Set(targets.flatMap((each) => (each === undefined ? [] : [each.target])))];
  }
}

/** Order of matches for sort(), as if their routes had been compiled together; 0: a tie. */
export function compareMatches<T>(a: RouteMatch<T>, b: RouteMatch<T>): number {
  return compareRanked(a, b);
}

const nothing: Readonly<Record<string, string>> = {};

function capturesOf(rule: Rule, request: RoutedRequest): Readonly<Record<string, string>> {
  if (!rule.captures) return nothing;
  const captures = new Map<string, string>();
  for (const { predicate, negated } of conditionsOf(rule))
    if (!negated) captureBy(predicate, request, captures);
  return Object.fromEntries(captures);
}

/** The first condition that doesn't hold, in words; undefined: all hold. */
function failing(rule: Rule, request: RoutedRequest): string | undefined {
  const condition = conditionsOf(rule).find((each) => !conditionHolds(each, request));
  if (condition === undefined) return undefined;
  return `${conditionText(condition)} doesn't hold: ${actualText(condition, request)}`;
}

/** Why none of a route's rules matches. */
function failures<T>(rules: readonly Route<T>[], request: RoutedRequest): string {
  const all = [...new Set(rules.flatMap(({ rule }) => failing(rule, request) ?? []))];
  const shown = all.slice(0, 3).join('; ');
  return all.length > 3 ? `${shown}; and ${all.length - 3} more` : shown;
}
