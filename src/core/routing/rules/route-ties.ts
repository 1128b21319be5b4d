// Ties: routes that can match the same request while nothing decides which of them goes first.
import type { Route } from '../../version/app.ts';
import type { Environment } from '../../environments/environment.ts';
import { areDisjoint } from './disjoint.ts';
import { exampleRequest, requestText } from './example-request.ts';
import { rankKey } from './precedence.ts';
import { parseRule, rulesIn, type Rule } from './rule.ts';

/** Two routes, the earlier one first. */
export interface RouteTie<T> {
  readonly routes: readonly [T, T];
  /** A request that both match: `GET /a`. Absent: none was found. */
  readonly example?: string;
}

interface Candidate<T> {
  readonly route: T;
  readonly rule: Rule;
}

/**
 * All ties among routes; each route is named with the first other one that it ties with. The values of a route's environment count,
 * and routes that lack some match nothing; without environments, templates are compared as they are written.
 * @throws FoxError CONFIG_INVALID
 */
export function findTies<T extends Route>(
  routes: readonly T[],
  environmentOf?: (route: T) => Pick<Environment, 'vars'>,
): RouteTie<T>[] {
  const earlier = new Map<string, Candidate<T>[]>();
  const ties: RouteTie<T>[] = [];
  for (const route of routes) {
    const rules =
      environmentOf === undefined ? parseRule(route.rule).rules : rulesIn(route, environmentOf(route));
    const tie = rules.map((rule) => tieOf({ route, rule }, earlier)).find((each) => each !== undefined);
    if (tie !== undefined) ties.push(tie);
    for (const rule of rules) {
      const key = rankKey({ rule, priority: route.priority });
      const same = earlier.get(key);
      if (same === undefined) earlier.set(key, [{ route, rule }]);
      else same.push({ route, rule });
    }
  }
  return ties;
}

function tieOf<T extends Route>(
  { route, rule }: Candidate<T>,
  earlier: ReadonlyMap<string, readonly Candidate<T>[]>,
): RouteTie<T> | undefined {
  const rivals = earlier.get(rankKey({ rule, priority: route.priority })) ?? [];
  const rival = rivals.find((each) => !areDisjoint(each.rule, rule));
  if (rival === undefined) return undefined;
  const example = exampleRequest([rival.rule, rule]);
  return {
    routes: [rival.route, route],
    ...(example === undefined ? {} : { example: requestText(example) }),
  };
}
