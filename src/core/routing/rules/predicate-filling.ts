// What a predicate means in a virtual environment: with each value of its variables, as just that text.
import { textsOf } from '../../environments/template.ts';
import type { VariableProblem } from '../../environments/environment.ts';
import type { VariableValue } from '../../version/app.ts';
import {
  fillPattern,
  isCapture,
  isLiteral,
  isVariable,
  type Pattern,
  patternText,
  type PatternTemplate,
  type Piece,
  type Texts,
  variablesIn,
} from './pattern.ts';
import { callText, pathText, type Predicate } from './predicate.ts';
import type { PredicateTemplate } from './predicate-template.ts';

/** A problem of the rule itself, or of a variable's value. */
export type FillingProblem = string | VariableProblem;

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

function fillPath(
  of: 'Path' | 'PathPrefix',
  templates: readonly PatternTemplate[],
  texts: Texts,
): Predicate | FillingProblem {
  const segments: Pattern[] = [];
  let rest: { readonly name?: string } | undefined;
  for (const template of templates) {
    const [first] = template;
    if (first !== undefined && isCapture(first) && first.isRest) {
      rest = first.name === undefined ? {} : { name: first.name };
      continue;
    }
    const problem = partProblem(template, texts);
    if (problem !== undefined) return problem;
    const segment = fillPattern(template, texts);
    if (typeof segment === 'string') return segment;
    if (template.length > 0 && isLiteral(segment) && isNoSegment(segment.text))
      return unusable(template, `makes a segment of a path that is "${segment.text}"`);
    segments.push(segment);
  }
  const written = callText(rest === undefined ? of : 'Path', [pathText(segments, rest)]);
  return rest === undefined
    ? { of, segments, text: written }
    : { of: 'PathPrefix', segments, rest, text: written };
}

/** Values are parts of one segment, and literal ones. */
function partProblem(template: PatternTemplate, texts: Texts): VariableProblem | undefined {
  for (const name of variablesIn(template)) {
    const text = texts[name] ?? '';
    if (text.includes('/'))
      return problemOf(name, 'is part of one segment of a path, and so must not contain "/"');
    if (/[\p{Cc}\\]/u.test(text))
      return problemOf(name, 'is part of a path, and so must not contain control characters nor "\\"');
  }
  return undefined;
}

/** Requests with such segments are refused, or mean another path. */
function isNoSegment(text: string): boolean {
  return text === '' || /^(\.|%2e){1,2}$/i.test(text);
}

function fillHost(template: PatternTemplate, texts: Texts): Predicate | FillingProblem {
  const labels: Pattern[] = [];
  for (const label of labelsOf(template, texts)) {
    const pattern = fillPattern(label, texts, { ignoreCase: true });
    if (typeof pattern === 'string') return pattern;
    const problem = isLiteral(pattern) ? labelProblem(pattern.text) : undefined;
    if (problem !== undefined) return unusable(template, problem);
    labels.push(pattern);
  }
  const [only] = labels;
  if (labels.length === 1 && only !== undefined && isLiteral(only) && only.text === '')
    return unusable(template, 'makes an empty host');
  return { of: 'Host', labels, text: callText('Host', [labels.map(patternText).join('.')]) };
}

/** Labels of a host in lower case. Values may have dots; a dot at the end doesn't count. */
function labelsOf(template: PatternTemplate, texts: Texts): PatternTemplate[] {
  const labels: Piece[][] = [[]];
  for (const piece of template) {
    if (isCapture(piece)) {
      labels.at(-1)?.push(piece);
      continue;
    }
    const text = (isVariable(piece) ? (texts[piece.variable] ?? '') : piece).toLowerCase();
    const [first = '', ...more] = /^\[[^\]]*\]$/.test(text) ? [text] : text.split('.');
    if (first !== '') labels.at(-1)?.push(first);
    labels.push(...more.map((each) => (each === '' ? [] : [each])));
  }
  if (labels.length > 1 && labels.at(-1)?.length === 0) labels.pop();
  return labels;
}

function labelProblem(label: string): string | undefined {
  if (/^\[[0-9a-f:.]+\]$/.test(label)) return undefined;
  if (label.includes(':')) return 'has a host with a port; hosts are compared without';
  if (label.includes('*')) return 'has "*" in a host; a label that may be anything is {}';
  if (/[^\x20-\x7e]/.test(label)) return `has the host label "${label}"; it is written as xn--… there`;
  return /^[a-z0-9_-]+$/.test(label) ? undefined : `has the host label "${label}", which no host can have`;
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

/** Whose fault it is: a variable's value, or the rule's. */
function unusable(template: PatternTemplate | undefined, message: string): FillingProblem {
  const [name] = variablesIn(template ?? []);
  return name === undefined ? message : problemOf(name, message);
}

function problemOf(name: string, message: string): VariableProblem {
  return { path: `env.${name}`, message };
}
