// What a predicate about paths means with values in place of its variables: each is a part of one segment.
import type { VariableProblem } from '../../environments/environment.ts';
import { type FillingProblem, problemOf, unusable } from './filling-problem.ts';
import {
  fillPattern,
  isCapture,
  isLiteral,
  type Pattern,
  type PatternTemplate,
  type Texts,
  variablesIn,
} from './pattern.ts';
import { callText, pathText, type PathPredicate } from './predicate.ts';

/** The predicate about the path of these segments, or what is wrong. */
export function fillPath(
  of: 'Path' | 'PathPrefix',
  templates: readonly PatternTemplate[],
  texts: Texts,
): PathPredicate | FillingProblem {
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
