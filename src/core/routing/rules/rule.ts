// The rules of routes: which requests a rule means, and which of two rules goes first.
import type { Route } from '../../version/app.ts';
import type { Environment, VariableProblem } from '../../environments/environment.ts';
import { FoxError } from '../../errors.ts';
import { expandRule } from './rule-expansion.ts';
import { readRule, type Rule, type RuleTemplate } from './rule-text.ts';

export type { Rule, RuleTemplate } from './rule-text.ts';

/**
 * Reads a rule: ``Path(`/x`)`` or ``PathPrefix(`/x`)``, with back-ticks or double quotes; `{{.Vars.name}}` in the path
 * stands for a value of the virtual environment, and at its beginning `{{.Vars.subPath}}` for the sub-path.
 *
 * Paths are compared segment by segment after percent-decoding, so `/a` is no prefix of `/ab`. A slash at the end counts
 * for `Path` (`/a/` isn't `/a`) and doesn't for `PathPrefix`.
 * @throws FoxError CONFIG_INVALID
 */
export function parseRule(rule: string): RuleTemplate {
  const parsed = readRule(rule);
  if (typeof parsed !== 'string') return parsed;
  throw new FoxError('CONFIG_INVALID', `the rule ${rule} ${parsed}`);
}

/** Why a rule isn't one, as a sentence without its subject; undefined if it is one. */
export function ruleProblem(rule: string): string | undefined {
  const parsed = readRule(rule);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** The rules that a route stands for in an environment; none if it has problems. @throws FoxError CONFIG_INVALID */
export function rulesIn(route: Route, environment: Pick<Environment, 'vars'>): readonly Rule[] {
  return expandRule(parseRule(route.rule), route, environment).rules;
}

/** All that keeps a component's routes from being matched in an environment, by keys as `routes.0.env.REGION`. */
export function routeProblems(
  { routes }: { readonly routes: readonly Route[] },
  environment: Pick<Environment, 'vars'>,
): VariableProblem[] {
  return routes.flatMap((route, index) =>
    expandRule(parseRule(route.rule), route, environment).problems.map(({ path, message }) => ({
      path: `routes.${index}.${path}`,
      message,
    })),
  );
}

/**
 * Pairs of routes that match the same requests with the same precedence, so that nothing decides between them.
 * Each route that repeats earlier ones is paired with the first of them. The values of a route's environment count, and
 * routes that lack some match nothing; without environments, templates are compared as they are written. @throws FoxError CONFIG_INVALID
 */
export function findTies<T extends Route>(
  routes: readonly T[],
  environmentOf?: (route: T) => Pick<Environment, 'vars'>,
): [T, T][] {
  const first = new Map<string, T>();
  const ties: [T, T][] = [];
  for (const route of routes) {
    const rules =
      environmentOf === undefined ? [parseRule(route.rule)] : rulesIn(route, environmentOf(route));
    const rivals = new Set<T>();
    for (const { predicate, segments } of rules) {
      const key = JSON.stringify([predicate, segments]);
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, route);
      else rivals.add(earlier);
    }
    for (const rival of rivals) ties.push([rival, route]);
  }
  return ties;
}

/**
 * Order of rules that match the same request, for sort(): Path before PathPrefix, then more segments before fewer.
 * Never the length of a value.
 */
export function compareRules(a: RuleTemplate, b: RuleTemplate): number {
  if (a.predicate !== b.predicate) return a.predicate === 'Path' ? -1 : 1;
  return b.segments.length - a.segments.length;
}
