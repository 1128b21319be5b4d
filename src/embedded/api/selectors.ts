// Label and field selectors: as text in queries, as objects in specs; parsed once, then asked per object.
import { badRequest } from './request.ts';

/** One condition on a set of labels. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** `selector` of a spec. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>> | undefined;

const tokenPattern = /\s*(?:(==|!=|=|!|<|>|\(|\)|,)|([^\s=!<>(),]+))/y;

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`. @throws StatusError 400. */
export function parseLabelSelector(text: string): Requirement[] {
  const tokens = tokenize(text);
  const requirements: Requirement[] = [];
  while (tokens.length > 0) {
    requirements.push(parseRequirement(tokens, text));
    const separator = tokens.shift();
    if (separator === undefined) break;
    if (separator !== ',' || tokens.length === 0) throw unparsable(text, `found '${separator}'`);
  }
  return requirements;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < trimmed.length) {
    const match = tokenPattern.exec(trimmed);
    if (match === null) throw unparsable(text, 'unexpected character');
    tokens.push(match[1] ?? match[2] ?? '');
  }
  return tokens;
}

function parseRequirement(tokens: string[], text: string): Requirement {
  if (tokens[0] === '!') {
    tokens.shift();
    return { key: word(tokens, text), operator: 'DoesNotExist', values: [] };
  }
  const key = word(tokens, text);
  const operator = tokens[0];
  if (operator === undefined || operator === ',') return { key, operator: 'Exists', values: [] };
  tokens.shift();
  if (operator === '=' || operator === '==') return { key, operator: 'In', values: [optionalWord(tokens)] };
  if (operator === '!=') return { key, operator: 'NotIn', values: [optionalWord(tokens)] };
  if (operator === '>' || operator === '<')
    return { key, operator: operator === '>' ? 'Gt' : 'Lt', values: [word(tokens, text)] };
  if (operator === 'in') return { key, operator: 'In', values: wordList(tokens, text) };
  if (operator === 'notin') return { key, operator: 'NotIn', values: wordList(tokens, text) };
  throw unparsable(text, `found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
}

function word(tokens: string[], text: string): string {
  const token = tokens.shift();
  if (token === undefined || /^[=!<>(),]/.test(token))
    throw unparsable(text, `found '${token ?? ''}', expected: identifier`);
  return token;
}

/** After `=` there may be nothing: the empty value. */
function optionalWord(tokens: string[]): string {
  return tokens.length === 0 || tokens[0] === ',' ? '' : (tokens.shift() ?? '');
}

function wordList(tokens: string[], text: string): string[] {
  if (tokens.shift() !== '(') throw unparsable(text, "expected: '('");
  const values: string[] = [];
  for (;;) {
    const token = tokens.shift();
    if (token === undefined) throw unparsable(text, "expected: ',' or ')'");
    if (token === ')') return values.length === 0 ? [''] : values;
    if (token !== ',') values.push(token);
  }
}

function unparsable(text: string, why: string) {
  return badRequest(`unable to parse requirement: ${why} in "${text}"`);
}

/** Whether labels fulfil every requirement. */
export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every((requirement) => fulfils(requirement, labels));
}

function fulfils({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return operator satisfies never;
  }
}

/** The requirements of a spec's selector; an operator that doesn't exist matches nothing. */
export function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Requirement[] {
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const known = operators.find((one) => one === operator);
      return known === undefined
        ? { key, operator: 'In' as const, values: [] }
        : { key, operator: known, values };
    }),
  ];
}

/** A selector as text, as `status.selector` of a Scale and kubectl's wide columns show it. */
export function selectorText(selector: LabelSelector): string {
  const texts = requirementsOf(selector).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    if (operator === 'In' && values.length === 1) return `${key}=${values[0] ?? ''}`;
    return `${key} ${operator.toLowerCase()} (${values.toSorted().join(',')})`;
  });
  return texts.toSorted().join(',');
}

/** One condition on a field. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Parses `metadata.name=a,status.phase!=Running`. @throws StatusError 400. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const match = /^\s*([^=!\s]+)\s*(==|!=|=)\s*(.*?)\s*$/.exec(part);
      if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      return { field: match[1] ?? '', equal: match[2] !== '!=', value: match[3] ?? '' };
    });
}

/** The text of a field by its dotted path; `''` where there is none. */
export function fieldText(object: unknown, path: string): string {
  let value: unknown = object;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return '';
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
