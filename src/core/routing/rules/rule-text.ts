// How a rule is written: reads its text, and says what is wrong with it.
import { didYouMean } from '../../names.ts';
import { decodeSegment, isSafePath } from './request-path.ts';
import {
  parseTemplate,
  subPathVariable,
  type Template,
  type VariablePart,
} from '../../environments/template.ts';

const predicates = ['Path', 'PathPrefix'] as const;

/** A segment of a path: decoded text, or what becomes that in a virtual environment. */
export type SegmentTemplate = string | Template;

/** A rule as it is written. */
export interface RuleTemplate {
  /** `Path` matches the whole path, `PathPrefix` the path and everything below it. */
  readonly predicate: (typeof predicates)[number];
  /** Decoded segments of its path: `/a/b%20c` is `a`, `b c`; `Path(/)` is one empty segment, `PathPrefix(/)` none. */
  readonly segments: readonly SegmentTemplate[];
}

/** A rule that requests can be matched with. */
export interface Rule extends RuleTemplate {
  readonly segments: readonly string[];
}

/** Predicates of KubeFox's rule language that this fox doesn't route by. */
const unsupported = ['All', 'Header', 'Host', 'Method', 'Query', 'Type'];

const known = 'known are Path(`/x`) and PathPrefix(`/x`)';

/** The rule in a text, or why it isn't one. */
export function readRule(rule: string): RuleTemplate | string {
  const text = rule.trim();
  const call = /^(?<name>\w+)\s*\(\s*(?<argument>`[^`]*`|"[^"]*"|.*)\s*\)$/s.exec(text);
  const name = call?.groups?.['name'];
  const argument = call?.groups?.['argument']?.trim();
  if (name === undefined || argument === undefined) return `can't be read; ${known}`;
  if (!isPredicate(name)) return unknownPredicate(name);
  if (!/^(`[^`]*`|"[^"]*")$/.test(argument)) return argumentProblem(name, argument);
  const path = parseTemplate(argument.slice(1, -1));
  if (typeof path === 'string') return path;
  // Whatever the values are, they are parts of segments.
  const problem = pathProblem(path.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
  if (problem !== undefined) return problem;
  const segments = withoutSubPath(segmentsOf(path));
  if (segments.some((segment) => typeof segment !== 'string' && segment.some(isSubPath)))
    return `may use {{.Vars.${subPathVariable}}} only as the whole first segment of its path, which is removed before routes are matched`;
  if (name === 'PathPrefix' && segments.at(-1) === '') segments.pop();
  if (name === 'Path' && segments.length === 0) segments.push('');
  return { predicate: name, segments };
}

function isPredicate(name: string): name is RuleTemplate['predicate'] {
  return predicates.some((predicate) => predicate === name);
}

/** Segments of a path that starts with `/`, percent-decoded where they are plain text. */
function segmentsOf(path: Template): SegmentTemplate[] {
  const segments: (string | VariablePart)[][] = [];
  for (const part of path) {
    const [first, ...more] = typeof part === 'string' ? part.split('/').map(decodeSegment) : [part];
    if (first !== undefined && first !== '') segments.at(-1)?.push(first);
    segments.push(...more.map((each) => (each === '' ? [] : [each])));
  }
  return segments.map((parts) => {
    const [only = '', ...others] = parts;
    return typeof only === 'string' && others.length === 0 ? only : parts;
  });
}

/** The sub-path is removed from requests before they are matched, so a rule that begins with it means what follows. */
function withoutSubPath(segments: SegmentTemplate[]): SegmentTemplate[] {
  const [first] = segments;
  const isIt = typeof first === 'object' && first.length === 1 && first.every(isSubPath);
  return isIt ? segments.slice(1) : segments;
}

function isSubPath(part: string | VariablePart): boolean {
  return typeof part !== 'string' && part.variable === subPathVariable;
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
    return 'must not contain "{" or "}" but in {{.Vars.<name>}}: captures are not supported by this version of fox';
  if (path.includes('*')) return 'must not contain "*": for everything below a path there is PathPrefix';
  if (/[\p{Cc}]/u.test(path)) return 'must not contain control characters';
  if (/\/\//.test(path)) return 'must not contain "//"';
  return isSafePath(path) ? undefined : 'must not contain "." or ".." as a segment, nor "\\"';
}
