// Whether two rules can match the same request, as far as that can be told for sure.
import { fits, isLiteral, isRegex, type Pattern } from './pattern.ts';
import {
  type Condition,
  type HostPredicate,
  hostFits,
  type PathPredicate,
  type Predicate,
  typeFits,
  valueFits,
} from './predicate.ts';
import { conditionsOf, type Rule } from './rule-branches.ts';

/**
 * Whether no request can match both rules, for a reason that is sure: another text at the same place of host or path,
 * methods or types that exclude each other, or something that one demands and the other denies. Two regexes at the same place may
 * match the same text; a header or a query parameter may have several values.
 */
export function areDisjoint(a: Rule, b: Rule): boolean {
  const conditions = [...conditionsOf(a), ...conditionsOf(b)];
  const demanded = conditions.filter(({ negated }) => !negated).map(({ predicate }) => predicate);
  return (
    conditions.some((each) => each.negated && isDenied(each, demanded)) ||
    demanded.some((one, index) => demanded.slice(index + 1).some((other) => exclude(one, other)))
  );
}

function isDenied({ predicate: denied }: Condition, demanded: readonly Predicate[]): boolean {
  return demanded.some((each) => implies(each, denied));
}

/** Two predicates that can't hold at once. */
function exclude(a: Predicate, b: Predicate): boolean {
  if (isPath(a)) return isPath(b) && pathsExclude(a, b);
  switch (a.of) {
    case 'Host':
      return b.of === 'Host' && hostsExclude(a, b);
    case 'Method':
      return b.of === 'Method' && !a.methods.some((method) => b.methods.includes(method));
    case 'Type':
      return b.of === 'Type' && !typeFits(a.type, b.type);
    case 'Header':
    case 'Query':
      return false;
  }
}

function isPath(predicate: Predicate): predicate is PathPredicate {
  return predicate.of === 'Path' || predicate.of === 'PathPrefix';
}

function pathsExclude(a: PathPredicate, b: PathPredicate): boolean {
  const least = (each: PathPredicate) => each.segments.length + (each.rest === undefined ? 0 : 1);
  if (a.of === 'Path' && a.segments.length < least(b)) return true;
  if (b.of === 'Path' && b.segments.length < least(a)) return true;
  return a.segments.some((segment, index) => patternsExclude(segment, b.segments[index]));
}

function hostsExclude(a: HostPredicate, b: HostPredicate): boolean {
  return (
    a.labels.length !== b.labels.length ||
    a.labels.some((label, index) => patternsExclude(label, b.labels[index]))
  );
}

function patternsExclude(a: Pattern, b: Pattern | undefined): boolean {
  if (b === undefined) return false;
  if (isLiteral(a)) return !fits(b, a.text);
  return isLiteral(b) && !fits(a, b.text);
}

/** Whether the second holds wherever the first does, as far as that is sure. */
function implies(a: Predicate, b: Predicate): boolean {
  if (a.text === b.text) return true;
  if (isPath(a)) return isPath(b) && pathImplies(a, b);
  switch (a.of) {
    case 'Host':
      return b.of === 'Host' && a.labels.every(isLiteral) && hostFits(b, a.labels.map(textOf));
    case 'Method':
      return b.of === 'Method' && a.methods.every((method) => b.methods.includes(method));
    case 'Type':
      return b.of === 'Type' && `.${a.type}`.endsWith(`.${b.type}`);
    case 'Header':
    case 'Query': {
      if (a.of !== b.of || a.name !== b.name) return false;
      const { value } = a;
      return b.value === undefined || (value !== undefined && isLiteral(value) && valueFits(b, [value.text]));
    }
  }
}

function pathImplies(a: PathPredicate, b: PathPredicate): boolean {
  const least = a.segments.length + (a.rest === undefined ? 0 : 1);
  if (b.of === 'Path' ? a.of !== 'Path' || least !== b.segments.length : !reaches(b, least)) return false;
  return b.segments.every((segment, index) => covers(segment, a.segments[index]));
}

function reaches({ segments, rest }: PathPredicate, length: number): boolean {
  return length >= segments.length + (rest === undefined ? 0 : 1);
}

/** Whether a pattern fits whatever another one fits. */
function covers(pattern: Pattern, other: Pattern | undefined): boolean {
  if (other === undefined) return false;
  if (isLiteral(other)) return fits(pattern, other.text);
  if (isLiteral(pattern)) return false;
  if (isRegex(pattern)) return isRegex(other) && pattern.regex.pattern() === other.regex.pattern();
  return !isRegex(other) || !fits(other, '');
}

function textOf(pattern: Pattern): string {
  return isLiteral(pattern) ? pattern.text : '';
}
