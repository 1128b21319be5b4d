// A rule as alternatives: each a list of conditions that must all hold, without `||` and parentheses.
import type { VariableValue } from '../../version/app.ts';
import { namesIn } from './pattern.ts';
import {
  type Condition,
  conditionText,
  type HostPredicate,
  type PathPredicate,
  patternsOf,
} from './predicate.ts';
import type { FillingProblem } from './filling-problem.ts';
import { countAlternatives, fillPredicate } from './predicate-filling.ts';
import type { PredicateTemplate } from './predicate-template.ts';
import { hostPrecedence, pathPrecedence, type Precedence } from './precedence.ts';
import type { Expression } from './rule-syntax.ts';

/** One alternative of a rule, which requests are matched with. */
export interface Rule {
  /** Its most specific condition on the host. */
  readonly host?: HostPredicate;
  /** Its most specific condition on the path. */
  readonly path?: PathPredicate;
  /** All that must hold besides. */
  readonly others: readonly Condition[];
  readonly precedence: Precedence;
  /** Something of a request is captured by name. */
  readonly captures: boolean;
}

/** More alternatives than this of one route would be a mistake. */
export const mostRules = 1_000;

type Values = Readonly<Record<string, VariableValue>>;

/** How many alternatives a rule has, at most, and the most that any part of it has. */
export function countBranches(
  expression: Expression<PredicateTemplate>,
  values: Values,
  negated = false,
): { readonly count: number; readonly most: number } {
  if (expression.is === 'not') return countBranches(expression.of, values, !negated);
  if (expression.is === 'predicate') {
    const count = countAlternatives(expression.predicate, values);
    return { count: negated ? 1 : count, most: count };
  }
  const parts = expression.all.map((each) => countBranches(each, values, negated));
  const isProduct = (expression.is === 'and') !== negated;
  // What can't hold leaves nothing of a product, but only once it is met.
  const counts = parts.map(({ count }) => (isProduct ? Math.max(1, count) : count));
  const count = counts.reduce((a, b) => (isProduct ? a * b : a + b));
  return { count, most: Math.max(count, ...parts.map(({ most }) => most)) };
}

/** The alternatives of a rule with values in place of its variables, or what is wrong. */
export function branchesOf(
  expression: Expression<PredicateTemplate>,
  values: Values,
): { readonly rules: readonly Rule[] } | { readonly problem: FillingProblem } {
  const problems: FillingProblem[] = [];
  const branches = alternatives(expression, false, (template) => {
    const filled = fillPredicate(template, values);
    if ('predicates' in filled) return filled.predicates;
    problems.push(filled.problem);
    return [];
  });
  const [problem] = problems;
  if (problem !== undefined) return { problem };
  const rules = new Map<string, Rule>();
  for (const branch of branches) {
    const name = repeatedName(branch);
    if (name !== undefined) return { problem: `captures {${name}} twice` };
    const rule = ruleOf(branch);
    if (rule !== undefined) rules.set(ruleText(rule), rule);
  }
  return { rules: [...rules.values()] };
}

function alternatives(
  expression: Expression<PredicateTemplate>,
  negated: boolean,
  fill: (template: PredicateTemplate) => readonly Condition['predicate'][],
): (readonly Condition[])[] {
  if (expression.is === 'not') return alternatives(expression.of, !negated, fill);
  if (expression.is === 'predicate') {
    if (expression.predicate.of === 'All') return negated ? [] : [[]];
    const conditions = fill(expression.predicate).map((predicate) => ({ predicate, negated }));
    return negated ? [conditions] : conditions.map((each) => [each]);
  }
  const parts = expression.all.map((each) => alternatives(each, negated, fill));
  if ((expression.is === 'and') === negated) return parts.flat();
  return parts.reduce((all, part) => all.flatMap((first) => part.map((second) => [...first, ...second])));
}

/** A name that is captured by two conditions of the same alternative. */
function repeatedName(branch: readonly Condition[]): string | undefined {
  const seen = new Set<string>();
  for (const predicate of new Set(branch.filter(({ negated }) => !negated).map((each) => each.predicate)))
    for (const name of patternsOf(predicate).flatMap(namesIn)) {
      if (seen.has(name)) return name;
      seen.add(name);
    }
  return undefined;
}

/** The rule that conditions make; undefined if one says what another denies. */
function ruleOf(branch: readonly Condition[]): Rule | undefined {
  const conditions = new Map(branch.map((each) => [conditionText(each), each]));
  for (const { predicate, negated } of conditions.values())
    if (conditions.has(conditionText({ predicate, negated: !negated }))) return undefined;
  const all = [...conditions.values()];
  const host = mostSpecific(all, isHost, hostPrecedence);
  const path = mostSpecific(all, isPath, pathPrecedence);
  const others = all.filter(({ predicate }) => predicate !== host && predicate !== path);
  const precedence = {
    host: host === undefined ? '' : hostPrecedence(host),
    path: path === undefined ? '' : pathPrecedence(path),
    others: others.length,
  };
  return {
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
    others,
    precedence,
    captures: all.some(
      ({ predicate, negated }) => !negated && patternsOf(predicate).flatMap(namesIn).length > 0,
    ),
  };
}

function mostSpecific<P extends Condition['predicate']>(
  conditions: readonly Condition[],
  isIt: (predicate: Condition['predicate']) => predicate is P,
  precedenceOf: (predicate: P) => string,
): P | undefined {
  let best: P | undefined;
  for (const { predicate, negated } of conditions)
    if (!negated && isIt(predicate) && (best === undefined || precedenceOf(predicate) > precedenceOf(best)))
      best = predicate;
  return best;
}

function isHost(predicate: Condition['predicate']): predicate is HostPredicate {
  return predicate.of === 'Host';
}

function isPath(predicate: Condition['predicate']): predicate is PathPredicate {
  return predicate.of === 'Path' || predicate.of === 'PathPrefix';
}

/** All conditions of a rule. */
export function conditionsOf({ host, path, others }: Rule): readonly Condition[] {
  return [
    ...(host === undefined ? [] : [{ predicate: host, negated: false }]),
    ...(path === undefined ? [] : [{ predicate: path, negated: false }]),
    ...others,
  ];
}

/** As it can be written. */
export function ruleText(rule: Rule): string {
  const conditions = conditionsOf(rule);
  return conditions.length === 0 ? 'All()' : conditions.map(conditionText).join(' && ');
}
