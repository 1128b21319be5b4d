// What a predicate about hosts means with values in place of its variables: they may have dots.
import { type FillingProblem, unusable } from './filling-problem.ts';
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
} from './pattern.ts';
import { callText, type HostPredicate } from './predicate.ts';

/** The predicate about the host, or what is wrong. */
export function fillHost(template: PatternTemplate, texts: Texts): HostPredicate | FillingProblem {
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
  if (label.includes('://')) return 'has a host with a scheme; hosts are compared without';
  if (label.includes(':')) return 'has a host with a port; hosts are compared without';
  if (label.includes('*')) return 'has "*" in a host; a label that may be anything is {}';
  if (/[^\x20-\x7e]/.test(label)) return `has the host label "${label}"; it is written as xn--… there`;
  return /^[a-z0-9_-]+$/.test(label) ? undefined : `has the host label "${label}", which no host can have`;
}
