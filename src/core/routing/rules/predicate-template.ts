// The predicates that rules know: reads what one is called with.
import { didYouMean } from '../../names.ts';
import { subPathVariable } from '../../environments/template.ts';
import { isCapture, isVariable, type PatternTemplate, type Piece, variablesIn } from './pattern.ts';
import { readPattern, readValuePattern } from './pattern-text.ts';
import { decodeSegment, isSafePath } from './request-path.ts';
import type { Call } from './rule-syntax.ts';

/** A predicate as it is written: its arguments; of a path its segments, decoded. */
export interface PredicateTemplate {
  readonly of: Name;
  readonly patterns: readonly PatternTemplate[];
  /** Where it stands in its rule, from 1. */
  readonly column: number;
}

const usage = {
  All: 'All()',
  Header: 'Header(`name`, `value`)',
  Host: 'Host(`shop.example.com`)',
  Method: 'Method(`GET`, `POST`)',
  Path: 'Path(`/x`)',
  PathPrefix: 'PathPrefix(`/x`)',
  Query: 'Query(`name`, `value`)',
  Type: 'Type(`http`)',
} as const;

/** Names of predicates. */
type Name = keyof typeof usage;

/** What other routers call their predicates, in lower case, and what is written here. */
const elsewhere: Readonly<Record<string, string>> = {
  pathregexp: 'a regex stands in the path: Path(`/{name:regex}`)',
  hostregexp: 'a regex stands in the host: Host(`{name:regex}.example.com`)',
  headerregexp: 'a regex stands in the value: Header(`name`, `{regex}`)',
  headersregexp: 'a regex stands in the value: Header(`name`, `{regex}`)',
  queryregexp: 'a regex stands in the value: Query(`name`, `{regex}`)',
  clientip: 'there is none about the addresses of clients',
};

const argumentCounts: Readonly<Record<Name, readonly [least: number, most: number]>> = {
  All: [0, 0],
  Header: [1, 2],
  Host: [1, 1],
  Method: [1, 20],
  Path: [1, 1],
  PathPrefix: [1, 1],
  Query: [1, 2],
  Type: [1, 1],
};

/** The predicate that is called, or what is wrong with it. */
export function readPredicate({ name, values, column }: Call): PredicateTemplate | string {
  if (!isKnown(name)) return unknown(name);
  const [least, most] = argumentCounts[name];
  if (values.length < least || values.length > most)
    return `has ${name}() with ${valueCount(values.length)}; it is written ${usage[name]}`;
  const patterns = patternsOf(name, values);
  return typeof patterns === 'string' ? patterns : { of: name, patterns, column };
}

function valueCount(count: number): string {
  return count === 0 ? 'no value' : `${count} value${count === 1 ? '' : 's'}`;
}

function isKnown(name: string): name is Name {
  return Object.hasOwn(usage, name);
}

function unknown(name: string): string {
  const instead = elsewhere[name.toLowerCase()];
  if (instead !== undefined) return `uses the unknown ${name}(); ${instead}`;
  const known = `nown are ${Object.values(usage).join(', ')}`;
  const guess = didYouMean(name, Object.keys(usage));
  return `uses the unknown ${name}(); ${guess === undefined ? `k${known}` : `did you mean ${guess}()? K${known}`}`;
}

function patternsOf(name: Name, values: readonly string[]): PatternTemplate[] | string {
  if (name === 'Path' || name === 'PathPrefix') return pathOf(name, values[0] ?? '');
  const patterns: PatternTemplate[] = [];
  for (const [index, value] of values.entries()) {
    const pattern = name === 'Host' ? oneOf(readPattern(value)) : readValuePattern(value);
    if (typeof pattern === 'string') return pattern;
    const isValue = name === 'Host' || ((name === 'Header' || name === 'Query') && index === 1);
    if (!isValue && pattern.some(isCapture)) return `has a regex in ${usage[name]} where only a text can be`;
    if (pattern.some((piece) => isCapture(piece) && piece.isRest)) return `has {name...} outside of a path`;
    if (variablesIn(pattern).includes(subPathVariable)) return subPathProblem;
    patterns.push(pattern);
  }
  return patterns;
}

function oneOf(parts: PatternTemplate[] | string): PatternTemplate | string {
  return typeof parts === 'string' ? parts : parts.flat();
}

const subPathProblem = `may use {{.Vars.${subPathVariable}}} only as the whole first segment of its path, which is removed before routes are matched`;

/** The segments of a path. */
function pathOf(name: 'Path' | 'PathPrefix', text: string): PatternTemplate[] | string {
  const parts = readPattern(text, '/');
  if (typeof parts === 'string') return parts;
  const problem = pathProblem(parts, text);
  if (problem !== undefined) return problem;
  if (!parts.flat().every(isDecodable))
    return `must have a path whose "%" are percent-encoding; the character itself is %25`;
  const segments = withoutSubPath(parts.slice(1).map(decoded));
  if (segments.some((segment) => variablesIn(segment).includes(subPathVariable))) return subPathProblem;
  if (name === 'PathPrefix' && segments.at(-1)?.length === 0) segments.pop();
  if (name === 'Path' && segments.length === 0) segments.push([]);
  return segments;
}

function isDecodable(piece: Piece): boolean {
  try {
    return typeof piece !== 'string' || decodeURIComponent(piece) !== '';
  } catch {
    return false;
  }
}

/** Plain text is percent-encoded, as in a URL. Empty text is none. */
function decoded(segment: PatternTemplate): PatternTemplate {
  return segment.map((piece) => (typeof piece === 'string' ? decodeSegment(piece) : piece));
}

/** The sub-path is removed from requests before they are matched, so a rule that begins with it means what follows. */
function withoutSubPath(segments: PatternTemplate[]): PatternTemplate[] {
  const [only, ...others] = segments[0] ?? [];
  const isIt =
    only !== undefined && others.length === 0 && isVariable(only) && only.variable === subPathVariable;
  return isIt ? segments.slice(1) : segments;
}

function pathProblem(segments: readonly PatternTemplate[], text: string): string | undefined {
  const rests = segments.flatMap((segment, index) =>
    segment.some((piece) => isCapture(piece) && piece.isRest) ? [index] : [],
  );
  if (rests.some((index) => index !== segments.length - 1 || segments[index]?.length !== 1))
    return 'has {name...} where it is not the whole last segment of its path';
  // Whatever the values and captures are, they are parts of segments.
  const path = segments.map((segment) => segment.map(plainPart).join('')).join('/');
  if (!path.startsWith('/')) return `must have a path that starts with "/", not "${text}"`;
  if (/[?#]/.test(path)) return 'must not contain "?" or "#" outside of a regex: a path ends before them';
  if (path.includes('*')) return 'must not contain "*": for everything below a path there is PathPrefix';
  if (/[\p{Cc}]/u.test(path)) return 'must not contain control characters';
  if (/\/\//.test(path)) return 'must not contain "//"';
  return isSafePath(path) ? undefined : 'must not contain "." or ".." as a segment, nor "\\"';
}

function plainPart(piece: Piece): string {
  return typeof piece === 'string' ? piece : 'x';
}
