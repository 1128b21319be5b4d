// Whether two rules can match the same request, as far as that can be told for sure.
import { commonText } from './common-text.ts';
import { fits, isLiteral, isRegex, type Pattern, regexOf } from './pattern.ts';
import {
  type Condition,
  type HostPredicate,
  type PathPredicate,
  type Predicate,
  type ValuePredicate,
} from './predicate.ts';
import { conditionsOf, type Rule } from './rule-branches.ts';

/**
 * Whether no request can match both rules, for a reason that is sure: another text at the same place of host or path,
 * regexes there that no text matches both, methods or types that exclude each other, or something that one demands and the other
 * denies. Whether two regexes match the same text isn't always found out; a header or a query parameter may have several values.
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
  if (a.of === 'Host') return b.of === 'Host' && hostsExclude(a, b);
  if (a.of === 'Method') return b.of === 'Method' && !a.methods.some((each) => b.methods.includes(each));
  return a.of === 'Type' && b.of === 'Type' && lastWord(a.type) !== lastWord(b.type);
}

/** Requests may be of a type that both of two longer ones end in. */
function lastWord(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function isPath(predicate: Predicate): predicate is PathPredicate {
  return predicate.of === 'Path' || predicate.of === 'PathPrefix';
}

function pathsExclude(a: PathPredicate, b: PathPredicate): boolean {
  if (a.of === 'Path' && a.segments.length < leastSegments(b)) return true;
  if (b.of === 'Path' && b.segments.length < leastSegments(a)) return true;
  return a.segments.some((segment, index) => patternsExclude(segment, b.segments[index]));
}

/** How many segments a path must have. */
function leastSegments({ segments, rest }: PathPredicate): number {
  return segments.length + (rest === undefined ? 0 : 1);
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
  if (isLiteral(b)) return !fits(a, b.text);
  return (isRegex(a) || isRegex(b)) && commonText(regexOf(a), regexOf(b)) === 'none';
}

/** Whether the second holds wherever the first does, as far as that is sure. */
function implies(a: Predicate, b: Predicate): boolean {
  if (a.text === b.text) return true;
  if (isPath(a)) return isPath(b) && pathImplies(a, b);
  if (a.of === 'Host') return b.of === 'Host' && hostImplies(a, b);
  if (a.of === 'Method') return b.of === 'Method' && a.methods.every((each) => b.methods.includes(each));
  if (a.of === 'Type') return b.of === 'Type' && `.${a.type}`.endsWith(`.${b.type}`);
  return (b.of === 'Header' || b.of === 'Query') && valueImplies(a, b);
}

function hostImplies(a: HostPredicate, b: HostPredicate): boolean {
  return (
    a.labels.length === b.labels.length && b.labels.every((label, index) => covers(label, a.labels[index]))
  );
}

function valueImplies(a: ValuePredicate, b: ValuePredicate): boolean {
  if (a.of !== b.of || a.name !== b.name) return false;
  return (
    b.value === undefined || (a.value !== undefined && isLiteral(a.value) && fits(b.value, a.value.text))
  );
}

function pathImplies(a: PathPredicate, b: PathPredicate): boolean {
  const least = leastSegments(a);
  if (b.of === 'Path' ? a.of !== 'Path' || least !== b.segments.length : least < leastSegments(b))
    return false;
  return b.segments.every((segment, index) => covers(segment, a.segments[index]));
}

/** Whether a pattern fits whatever another one fits. */
function covers(pattern: Pattern, other: Pattern | undefined): boolean {
  if (other === undefined) return false;
  if (isLiteral(other)) return fits(pattern, other.text);
  if (isLiteral(pattern)) return false;
  if (isRegex(pattern)) return isRegex(other) && pattern.regex.pattern() === other.regex.pattern();
  return !isRegex(other) || !fits(other, '');
}
