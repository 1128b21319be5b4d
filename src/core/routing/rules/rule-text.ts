// How a rule is written: reads its text, and says what is wrong with it.
import { isCapture, namesIn } from './pattern.ts';
import { patternsOf } from './predicate.ts';
import { fillPredicate, predicateVariables } from './predicate-filling.ts';
import { type PredicateTemplate, readPredicate } from './predicate-template.ts';
import { branchesOf, countBranches, mostRules, type Rule } from './rule-branches.ts';
import { type Call, type Expression, readExpression } from './rule-syntax.ts';

/** A rule as it is written. */
export interface RuleTemplate {
  readonly expression: Expression<PredicateTemplate>;
  /** Names of the variables that it uses, each once. */
  readonly variables: readonly string[];
  /** Its alternatives, with every variable standing for a text of its own. */
  readonly rules: readonly Rule[];
}

/** Characters that a rule may have. */
const longest = 4_096;

/** Captures that a rule may have: each regex takes its time to be compiled. */
const mostCaptures = 100;

/** More rules than this are not remembered at once. */
const mostKnown = 20_000;

/** Rules by text: versions share them. */
const known = new Map<string, RuleTemplate | string>();

/** The rule in a text, or why it isn't one. */
export function readRule(rule: string): RuleTemplate | string {
  let read = known.get(rule);
  if (read === undefined) {
    read = rule.length > longest ? `is longer than ${longest} characters` : readNew(rule);
    if (known.size >= mostKnown) known.clear();
    known.set(rule, read);
  }
  return read;
}

function readNew(rule: string): RuleTemplate | string {
  if (rule.trim() === '') return 'is empty; a rule is for instance PathPrefix(`/x`)';
  const read = readExpression(rule);
  if (typeof read === 'string') return read;
  const isAlone = read.is === 'predicate';
  const expression = withPredicates(read, isAlone);
  if (typeof expression === 'string') return expression;
  if (captureCount(expression) > mostCaptures) return `has more than ${mostCaptures} captures and regexes`;
  const variables = [...new Set(predicatesOf(expression).flatMap(predicateVariables))];
  const values = Object.fromEntries(variables.map((name) => [name, `__vars-${name}__`]));
  if (countBranches(expression, values).most > mostRules)
    return `stands for more than ${mostRules} combinations of its conditions; write several rules`;
  const unfilled = isAlone ? undefined : fillingProblem(expression, values);
  if (unfilled !== undefined) return unfilled;
  const filled = branchesOf(expression, values);
  if ('problem' in filled)
    return typeof filled.problem === 'string' ? filled.problem : filled.problem.message;
  if (filled.rules.length === 0) return 'matches no request at all: its conditions exclude each other';
  return negatedName(expression, values) ?? { expression, variables, rules: filled.rules };
}

function withPredicates(
  expression: Expression<Call>,
  isAlone: boolean,
): Expression<PredicateTemplate> | string {
  if (expression.is === 'predicate') {
    const predicate = readPredicate(expression.predicate);
    if (typeof predicate !== 'string') return { is: 'predicate', predicate };
    const { name, column } = expression.predicate;
    return isAlone ? predicate : placed(predicate, name, column);
  }
  if (expression.is === 'not') {
    const of = withPredicates(expression.of, isAlone);
    return typeof of === 'string' ? of : { is: 'not', of };
  }
  const all: Expression<PredicateTemplate>[] = [];
  for (const each of expression.all) {
    const part = withPredicates(each, isAlone);
    if (typeof part === 'string') return part;
    all.push(part);
  }
  return { is: expression.is, all };
}

/** The problem of one of several predicates. */
export function placed(problem: string, name: string, column: number): string {
  return `${problem} (in ${name} at column ${column})`;
}

/** What is wrong with one of several predicates as such. */
function fillingProblem(
  expression: Expression<PredicateTemplate>,
  values: Readonly<Record<string, string>>,
): string | undefined {
  for (const template of predicatesOf(expression)) {
    const filled = template.of === 'All' ? undefined : fillPredicate(template, values);
    if (filled === undefined || !('problem' in filled)) continue;
    const { problem } = filled;
    return placed(typeof problem === 'string' ? problem : problem.message, template.of, template.column);
  }
  return undefined;
}

/** All predicates of a rule, in their order. */
export function predicatesOf(expression: Expression<PredicateTemplate>): PredicateTemplate[] {
  if (expression.is === 'predicate') return [expression.predicate];
  return expression.is === 'not' ? predicatesOf(expression.of) : expression.all.flatMap(predicatesOf);
}

function captureCount(expression: Expression<PredicateTemplate>): number {
  return predicatesOf(expression).flatMap(({ patterns }) => patterns.flat().filter(isCapture)).length;
}

/** A name in what must not hold would never be sent. */
function negatedName(
  expression: Expression<PredicateTemplate>,
  values: Readonly<Record<string, string>>,
  negated = false,
): string | undefined {
  if (expression.is === 'not') return negatedName(expression.of, values, !negated);
  if (expression.is !== 'predicate')
    return expression.all
      .map((each) => negatedName(each, values, negated))
      .find((each) => each !== undefined);
  if (!negated || expression.predicate.of === 'All') return undefined;
  const filled = fillPredicate(expression.predicate, values);
  const [predicate] = 'predicates' in filled ? filled.predicates : [];
  const [name] = predicate === undefined ? [] : patternsOf(predicate).flatMap(namesIn);
  return name === undefined
    ? undefined
    : `captures {${name}} of what must not be there; write {} or {:regex}`;
}
