// The rules of routes: how a rule is written, which requests it means, which of two rules goes first.
import { FoxError } from './errors.ts';
import { didYouMean } from './names.ts';
import { isSafePath, pathSegments } from './request-path.ts';

const predicates = ['Path', 'PathPrefix'] as const;

/** Predicates of KubeFox's rule language that this fox doesn't route by. */
const unsupported = ['All', 'Header', 'Host', 'Method', 'Query', 'Type'];

/** A rule, parsed. */
export interface Rule {
  /** `Path` matches the whole path, `PathPrefix` the path and everything below it. */
  readonly predicate: (typeof predicates)[number];
  /** Decoded segments of its path: `/a/b%20c` is `a`, `b c`; `Path(/)` is one empty segment, `PathPrefix(/)` none. */
  readonly segments: readonly string[];
}

/**
 * Reads a rule: ``Path(`/x`)`` or ``PathPrefix(`/x`)``, with back-ticks or double quotes.
 *
 * Paths are compared segment by segment after percent-decoding, so `/a` is no prefix of `/ab`. A slash at the end counts
 * for `Path` (`/a/` isn't `/a`) and doesn't for `PathPrefix`.
 * @throws FoxError CONFIG_INVALID
 */
export function parseRule(rule: string): Rule {
  const parsed = readRule(rule);
  if (typeof parsed !== 'string') return parsed;
  throw new FoxError('CONFIG_INVALID', `the rule ${rule} ${parsed}`);
}

/** Why a rule isn't one, as a sentence without its subject; undefined if it is one. */
export function ruleProblem(rule: string): string | undefined {
  const parsed = readRule(rule);
  return typeof parsed === 'string' ? parsed : undefined;
}

/**
 * Pairs of routes that match the same requests with the same precedence, so that nothing decides between them.
 * Each route that repeats earlier ones is paired with the first of them. @throws FoxError CONFIG_INVALID
 */
export function findTies<T extends { readonly rule: string }>(routes: readonly T[]): [T, T][] {
  const first = new Map<string, T>();
  const ties: [T, T][] = [];
  for (const route of routes) {
    const { predicate, segments } = parseRule(route.rule);
    const key = JSON.stringify([predicate, segments]);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, route);
    else ties.push([earlier, route]);
  }
  return ties;
}

/**
 * Order of rules that match the same request, for sort(): Path before PathPrefix, then more segments before fewer.
 * Never the length of a value.
 */
export function compareRules(a: Rule, b: Rule): number {
  if (a.predicate !== b.predicate) return a.predicate === 'Path' ? -1 : 1;
  return b.segments.length - a.segments.length;
}

const known = 'known are Path(`/x`) and PathPrefix(`/x`)';

/** The rule, or why it isn't one. */
function readRule(rule: string): Rule | string {
  const text = rule.trim();
  const call = /^(?<name>\w+)\s*\(\s*(?<argument>`[^`]*`|"[^"]*"|.*)\s*\)$/s.exec(text);
  const name = call?.groups?.['name'];
  const argument = call?.groups?.['argument']?.trim();
  if (name === undefined || argument === undefined) return `can't be read; ${known}`;
  if (!isPredicate(name)) return unknownPredicate(name);
  if (!/^(`[^`]*`|"[^"]*")$/.test(argument)) return argumentProblem(name, argument);
  const path = argument.slice(1, -1);
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  const segments = pathSegments(path);
  if (name === 'PathPrefix' && segments.at(-1) === '') segments.pop();
  return { predicate: name, segments };
}

function isPredicate(name: string): name is Rule['predicate'] {
  return predicates.some((predicate) => predicate === name);
}

function unknownPredicate(name: string): string {
  if (unsupported.includes(name))
    return `uses ${name}(), which this version of fox doesn't route by; ${known}`;
  const guess = didYouMean(name, predicates);
  return `uses the unknown ${name}()${guess === undefined ? '' : `; did you mean ${guess}()?`}; ${known}`;
}

function argumentProblem(name: string, argument: string): string {
  if (/&&|\|\||!/.test(argument)) return `combines predicates, which this version of fox can't; ${known}`;
  if (/^(`[^`]*`|"[^"]*")\s*,/.test(argument)) return `has several paths; give each a route of its own`;
  return `must have one path in back-ticks or double quotes: ${name}(\`/x\`)`;
}

function pathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return `must have a path that starts with "/", not "${path}"`;
  if (/[?#]/.test(path)) return 'must not contain "?" or "#": a path ends before them';
  if (/[{}]/.test(path))
    return 'must not contain "{" or "}": captures and templates are not supported by this version of fox';
  if (path.includes('*')) return 'must not contain "*": for everything below a path there is PathPrefix';
  if (/[\p{Cc}]/u.test(path)) return 'must not contain control characters';
  if (/\/\//.test(path)) return 'must not contain "//"';
  return isSafePath(path) ? undefined : 'must not contain "." or ".." as a segment, nor "\\"';
}
