// What a predicate means in a virtual environment: with each value of its variables, as just that text.
import { textsOf } from '../../environments/template.ts';
import type { VariableValue } from '../../version/app.ts';
import { type FillingProblem, unusable } from './filling-problem.ts';
import { fillHost } from './host-filling.ts';
import { fillPath } from './path-filling.ts';
import {
  fillPattern,
  isLiteral,
  patternText,
  type PatternTemplate,
  type Texts,
  variablesIn,
} from './pattern.ts';
import { callText, type Predicate } from './predicate.ts';
import type { PredicateTemplate } from './predicate-template.ts';

/** Names of the variables in a predicate, each once. */
export function predicateVariables({ patterns }: PredicateTemplate): string[] {
  return [...new Set(patterns.flatMap(variablesIn))];
}

/** How many alternatives a predicate has: a list as a value gives one per member. */
export function countAlternatives(
  template: PredicateTemplate,
  values: Readonly<Record<string, VariableValue>>,
): number {
  return predicateVariables(template).reduce((count, name) => count * alternativesOf(values[name]).length, 1);
}

/** The alternatives of a predicate, one of which must hold; or what is wrong. Not for `All()`. */
export function fillPredicate(
  template: PredicateTemplate,
  values: Readonly<Record<string, VariableValue>>,
): { readonly predicates: readonly Predicate[] } | { readonly problem: FillingProblem } {
  let choices: Texts[] = [{}];
  for (const name of predicateVariables(template))
    choices = choices.flatMap((texts) =>
      alternativesOf(values[name]).map((text) => ({ ...texts, [name]: text })),
    );
  const predicates = new Map<string, Predicate>();
  for (const texts of choices) {
    const filled = fill(template, texts);
    if (!isPredicate(filled)) return { problem: filled };
    predicates.set(filled.text, filled);
  }
  return { predicates: [...predicates.values()] };
}

function alternativesOf(value: VariableValue | undefined): string[] {
  return value === undefined ? [] : [...new Set(textsOf(value))];
}

function isPredicate(filled: Predicate | FillingProblem): filled is Predicate {
  return typeof filled === 'object' && 'of' in filled;
}

function fill({ of, patterns }: PredicateTemplate, texts: Texts): Predicate | FillingProblem {
  if (of === 'Path' || of === 'PathPrefix') return fillPath(of, patterns, texts);
  if (of === 'Host') return fillHost(patterns[0] ?? [], texts);
  if (of === 'Method') return fillMethod(patterns, texts);
  if (of === 'Header' || of === 'Query') return fillValue(of, patterns, texts);
  return fillType(patterns[0] ?? [], texts);
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function fillMethod(templates: readonly PatternTemplate[], texts: Texts): Predicate | FillingProblem {
  const methods = new Set<string>();
  for (const template of templates) {
    const method = plain(template, texts).toUpperCase();
    if (!token.test(method))
      return unusable(template, `has the method "${method}", which no request can have`);
    methods.add(method);
  }
  const sorted = [...methods].toSorted();
  return { of: 'Method', methods: sorted, text: callText('Method', sorted) };
}

function fillType(template: PatternTemplate, texts: Texts): Predicate | FillingProblem {
  const type = plain(template, texts).toLowerCase();
  if (type === '') return unusable(template, 'makes an empty type');
  return { of: 'Type', type, text: callText('Type', [type]) };
}

function fillValue(
  of: 'Header' | 'Query',
  [nameTemplate = [], valueTemplate]: readonly PatternTemplate[],
  texts: Texts,
): Predicate | FillingProblem {
  const written = plain(nameTemplate, texts);
  const name = of === 'Header' ? written.toLowerCase() : written;
  if (of === 'Header' ? !token.test(name) : name === '')
    return unusable(
      nameTemplate,
      `has "${name}" as the name of a ${of === 'Header' ? 'header' : 'query parameter'}`,
    );
  if (valueTemplate === undefined) return { of, name, text: callText(of, [name]) };
  const value = fillPattern(valueTemplate, texts);
  if (typeof value === 'string') return value;
  const text = patternText(value).replace(/^\{:/, '{');
  return { of, name, value, text: callText(of, [name, text]) };
}

function plain(template: PatternTemplate | undefined, texts: Texts): string {
  const pattern = fillPattern(template ?? [], texts);
  return typeof pattern !== 'string' && isLiteral(pattern) ? pattern.text : '';
}
