// What a route means in a virtual environment: its rule with the values of the environment in place of variables.
import type { Route, VariableDeclaration, VariableValue } from '../../version/app.ts';
import { type Environment, resolveVariables, type VariableProblem } from '../../environments/environment.ts';
import type { Rule, RuleTemplate, SegmentTemplate } from './rule-text.ts';
import { type Template, textsOf, variablesOf } from '../../environments/template.ts';

/** The rules that a route stands for, or why there are none. A list as a value gives one rule per member, an empty one none. */
export interface ExpandedRule {
  /** Each once. */
  readonly rules: readonly Rule[];
  /** Keys are below the route: `env.REGION`. */
  readonly problems: readonly VariableProblem[];
}

/** More rules than this of one route would be a mistake. */
const mostRules = 1_000;

/** Expands a rule by an environment's values, else by the defaults of what its route declares. */
export function expandRule(
  rule: RuleTemplate,
  { env = {} }: Pick<Route, 'env'>,
  environment: Pick<Environment, 'vars'>,
): ExpandedRule {
  if (isPlain(rule)) return { rules: [rule], problems: [] };
  const names = ruleVariables(rule);
  const { values, problems } = valuesOf(names, env, environment);
  const unusable = names.flatMap((name) => {
    const problem = textsOf(values[name] ?? [])
      .map(partProblem)
      .find((each) => each !== undefined);
    return problem === undefined ? [] : [{ path: `env.${name}`, message: problem }];
  });
  const found = [...problems, ...unusable];
  return found.length > 0 ? { rules: [], problems: found } : expand(rule, values);
}

/** Names of the variables that a rule uses, each once. */
export function ruleVariables({ segments }: RuleTemplate): string[] {
  return [
    ...new Set(segments.flatMap((segment) => (typeof segment === 'string' ? [] : variablesOf(segment)))),
  ];
}

function isPlain(rule: RuleTemplate): rule is Rule {
  return rule.segments.every((segment) => typeof segment === 'string');
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

/** Values are parts of one segment, and literal ones. */
function partProblem(text: string): string | undefined {
  if (text.includes('/')) return `is part of one segment of a path, and so must not contain "/"`;
  return /[\p{Cc}\\]/u.test(text)
    ? `is part of a path, and so must not contain control characters nor "\\"`
    : undefined;
}

function expand(rule: RuleTemplate, values: Readonly<Record<string, VariableValue>>): ExpandedRule {
  let choices: Record<string, string>[] = [{}];
  for (const name of ruleVariables(rule)) {
    const texts = [...new Set(textsOf(values[name] ?? []))];
    if (choices.length * texts.length > mostRules) return tooMany(name);
    choices = choices.flatMap((choice) => texts.map((text) => ({ ...choice, [name]: text })));
  }
  const rules = new Map<string, Rule>();
  for (const choice of choices) {
    const segments = rule.segments.map((segment) => fill(segment, choice));
    const whole = segments.findIndex((segment, index) => isNoSegment(segment) && rule.segments[index] !== '');
    if (whole !== -1) return noSegment(rule.segments[whole] ?? '', segments[whole] ?? '');
    rules.set(JSON.stringify(segments), { predicate: rule.predicate, segments });
  }
  return { rules: [...rules.values()], problems: [] };
}

function fill(segment: SegmentTemplate, choice: Readonly<Record<string, string>>): string {
  if (typeof segment === 'string') return segment;
  return segment.map((part) => (typeof part === 'string' ? part : (choice[part.variable] ?? ''))).join('');
}

/** Requests with such segments are refused, or mean another path. */
function isNoSegment(text: string): boolean {
  return text === '' || /^(\.|%2e){1,2}$/i.test(text);
}

function noSegment(segment: string | Template, text: string): ExpandedRule {
  const [name = ''] = typeof segment === 'string' ? [] : variablesOf(segment);
  return {
    rules: [],
    problems: [{ path: `env.${name}`, message: `makes a segment of a path that is "${text}"` }],
  };
}

function tooMany(name: string): ExpandedRule {
  return {
    rules: [],
    problems: [{ path: `env.${name}`, message: `makes more than ${mostRules} rules of one route` }],
  };
}
