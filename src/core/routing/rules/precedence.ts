// Which of two rules that match the same request goes first.
import { isLiteral, isRegex, type Pattern } from './pattern.ts';
import type { HostPredicate, PathPredicate } from './predicate.ts';

/**
 * What decides, the first difference of it; where there is none, nothing does:
 *
 * 1. the route's own priority: higher first;
 * 2. the host: one without captures, then one with (label by label from the right: text, regex, any), then none;
 * 3. the path: `Path`, then `PathPrefix` and paths that end in `{name...}`, then none;
 * 4. its segments one by one: text, then what has a regex or a capture within text, then a whole capture, then `{name...}`;
 *    where one has no more, the one that has more;
 * 5. how many other conditions there are: more first.
 *
 * Texts themselves never count, nor how long they are. Each rule has one place in it, so it is a total preorder.
 */
export interface Precedence {
  /** `2`: without captures · `1` and a digit per label · nothing. */
  readonly host: string;
  /** `2` or `1`, and a digit per segment · nothing. */
  readonly path: string;
  readonly others: number;
}

/** What differs between two rules, first. */
export type Criterion = 'priority' | keyof Precedence;

/** A rule's place, and the priority of its route. */
export interface Ranked {
  readonly rule: { readonly precedence: Precedence };
  readonly priority?: number | undefined;
}

/** Order for sort(); 0: nothing decides. */
export function compareRanked(a: Ranked, b: Ranked): number {
  return (b.priority ?? 0) - (a.priority ?? 0) || comparePrecedence(a.rule.precedence, b.rule.precedence);
}

/** Order of rules without their routes' priorities, for sort(). */
export function comparePrecedence(a: Precedence, b: Precedence): number {
  return compareTexts(b.host, a.host) || compareTexts(b.path, a.path) || b.others - a.others;
}

/** What decides between two; undefined: nothing. */
export function criterionBetween(a: Ranked, b: Ranked): Criterion | undefined {
  if ((a.priority ?? 0) !== (b.priority ?? 0)) return 'priority';
  const criteria = ['host', 'path', 'others'] as const;
  return criteria.find((each) => a.rule.precedence[each] !== b.rule.precedence[each]);
}

/** Equal for those between which nothing decides. */
export function rankKey({ rule: { precedence }, priority = 0 }: Ranked): string {
  return `${priority} ${precedence.host} ${precedence.path} ${precedence.others}`;
}

export function hostPrecedence({ labels }: Pick<HostPredicate, 'labels'>): string {
  return labels.every(isLiteral) ? '2' : `1${labels.toReversed().map(digitOf).join('')}`;
}

export function pathPrecedence({ of, segments, rest }: Omit<PathPredicate, 'text'>): string {
  const digits = segments.map(digitOf).join('');
  return `${of === 'Path' ? 2 : 1}${digits}${rest === undefined ? '' : 1}`;
}

function digitOf(pattern: Pattern): number {
  if (isLiteral(pattern)) return 4;
  return isRegex(pattern) ? 3 : 2;
}

const segmentKinds: Readonly<Record<string, string>> = {
  4: 'text',
  3: 'a regex',
  2: 'a capture of anything',
  1: 'the rest of the path',
};

/** Why `first` goes before `second`: `Path goes before PathPrefix`. Undefined if it doesn't. */
export function reasonBetween(first: Ranked, second: Ranked): string | undefined {
  if (compareRanked(first, second) >= 0) return undefined;
  const [a, b] = [first.rule.precedence, second.rule.precedence];
  const criterion = criterionBetween(first, second);
  if (criterion === 'priority') return `priority ${first.priority ?? 0} goes before ${second.priority ?? 0}`;
  if (criterion === 'host') return hostReason(a.host, b.host);
  return criterion === 'path'
    ? pathReason(a.path, b.path)
    : `more further conditions go before fewer: ${a.others} before ${b.others}`;
}

function hostReason(a: string, b: string): string {
  if (b === '') return 'a rule with Host goes before one without';
  return a === '2'
    ? 'a Host without captures goes before one with'
    : 'the labels of its Host are more specific, from the right';
}

function pathReason(a: string, b: string): string {
  if (b === '') return 'a rule with a path goes before one without';
  if (a[0] !== b[0]) return 'Path goes before PathPrefix';
  const place = [...a].findIndex((digit, index) => digit !== b[index]);
  const other = segmentKinds[b[place] ?? ''];
  if (other === undefined) return `more segments go before fewer: ${a.length - 1} before ${b.length - 1}`;
  return `in segment ${place}, ${segmentKinds[a[place] ?? ''] ?? ''} goes before ${other}`;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
