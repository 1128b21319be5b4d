// What a route means in a virtual environment: its rule with the values of the environment in place of variables.
import type { Route, VariableDeclaration, VariableValue } from '../../version/app.ts';
import { type Environment, resolveVariables, type VariableProblem } from '../../environments/environment.ts';
import { textsOf } from '../../environments/template.ts';
import { branchesOf, countBranches, mostRules, type Rule } from './rule-branches.ts';
import type { RuleTemplate } from './rule-text.ts';

/** The rules that a route stands for, or why there are none. A list as a value gives one alternative per member, an empty one none. */
export interface ExpandedRule {
  /** Each once. */
  readonly rules: readonly Rule[];
  /** Keys are below the route: `env.REGION`. */
  readonly problems: readonly VariableProblem[];
}

/** What rules with variables stand for by their values: versions and environments that are alike share it. */
const known = new WeakMap<RuleTemplate, Map<string, ExpandedRule>>();

/** Of one rule not more than so many are remembered at once. */
const mostKnown = 100;

/** Expands a rule by an environment's values, else by the defaults of what its route declares. */
export function expandRule(
  rule: RuleTemplate,
  { env = {} }: Pick<Route, 'env'>,
  environment: Pick<Environment, 'vars'>,
): ExpandedRule {
  if (rule.variables.length === 0) return { rules: rule.rules, problems: [] };
  const { values, problems } = valuesOf(rule.variables, env, environment);
  if (problems.length > 0) return { rules: [], problems };
  const byValues = known.get(rule) ?? new Map<string, ExpandedRule>();
  known.set(rule, byValues);
  const key = JSON.stringify(rule.variables.map((name) => textsOf(values[name] ?? [])));
  let expanded = byValues.get(key);
  if (expanded === undefined) {
    expanded = expand(rule, values);
    if (byValues.size >= mostKnown) byValues.clear();
    byValues.set(key, expanded);
  }
  return expanded;
}

/** Names of the variables that a rule uses, each once. */
export function ruleVariables({ variables }: RuleTemplate): string[] {
  return [...variables];
}

/** A variable that is used must have a value. What isn't declared may have any type. */
function valuesOf(
  names: readonly string[],
  env: Readonly<Record<string, VariableDeclaration>>,
  environment: Pick<Environment, 'vars'>,
): { values: Record<string, VariableValue>; problems: VariableProblem[] } {
  const declared = Object.fromEntries(
    names.flatMap((name) => {
      const declaration = Object.hasOwn(env, name) ? env[name] : undefined;
      return declaration === undefined ? [] : [[name, declaration] as const];
    }),
  );
  const resolved = resolveVariables({ env: declared }, { name: '', ...environment }, 'process');
  const values: Record<string, VariableValue> = { ...resolved.values };
  const problems = [...resolved.problems];
  for (const name of names) {
    if (declared[name] !== undefined) continue;
    const value = Object.hasOwn(environment.vars, name) ? environment.vars[name] : undefined;
    if (value === undefined) problems.push({ path: `env.${name}`, message: 'is required but has no value' });
    else values[name] = value;
  }
  return { values, problems };
}

function expand(
  { expression, variables }: RuleTemplate,
  values: Readonly<Record<string, VariableValue>>,
): ExpandedRule {
  if (countBranches(expression, values).most > mostRules) {
    const size = (name: string) => textsOf(values[name] ?? []).length;
    const [name = ''] = variables.toSorted((a, b) => size(b) - size(a));
    return failed(`env.${name}`, `makes more than ${mostRules} rules of one route`);
  }
  const filled = branchesOf(expression, values);
  if ('rules' in filled) return { rules: filled.rules, problems: [] };
  if (typeof filled.problem !== 'string') return { rules: [], problems: [filled.problem] };
  return failed(`env.${variables[0] ?? ''}`, `makes a rule that ${filled.problem}`);
}

function failed(path: string, message: string): ExpandedRule {
  return { rules: [], problems: [{ path, message }] };
}
