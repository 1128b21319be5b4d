// Predicates that requests can be matched with: what each says of a request, and whether it holds.
import { capture, fits, type Pattern, segmentText } from './pattern.ts';
import type { RoutedRequest } from './routed-request.ts';

/** `Path` is about the whole path, `PathPrefix` about the path and everything below it. */
export interface PathPredicate {
  readonly of: 'Path' | 'PathPrefix';
  /** Of decoded segments: `/a/b%20c` is `a`, `b c`; `Path(/)` is one empty segment, `PathPrefix(/)` none. */
  readonly segments: readonly Pattern[];
  /** Of a `PathPrefix`: at least one more segment follows, and is captured with all behind it. */
  readonly rest?: { readonly name?: string };
  readonly text: string;
}

/** About the host that is asked for, label by label. */
export interface HostPredicate {
  readonly of: 'Host';
  /** From the left. */
  readonly labels: readonly Pattern[];
  readonly text: string;
}

export interface MethodPredicate {
  readonly of: 'Method';
  /** In upper case; sorted. */
  readonly methods: readonly string[];
  readonly text: string;
}

/** About the values of a header or a query parameter: one of several is enough. */
export interface ValuePredicate {
  readonly of: 'Header' | 'Query';
  /** Of a header in lower case. */
  readonly name: string;
  /** Absent: it is there. */
  readonly value?: Pattern;
  readonly text: string;
}

export interface TypePredicate {
  readonly of: 'Type';
  /** In lower case. */
  readonly type: string;
  readonly text: string;
}

/** `text` is how it can be written; equal ones have the same. */
export type Predicate = PathPredicate | HostPredicate | MethodPredicate | ValuePredicate | TypePredicate;

/** A predicate that holds, or doesn't. */
export interface Condition {
  readonly predicate: Predicate;
  readonly negated: boolean;
}

export function conditionHolds({ predicate, negated }: Condition, request: RoutedRequest): boolean {
  return holds(predicate, request) !== negated;
}

function holds(predicate: Predicate, request: RoutedRequest): boolean {
  const { of } = predicate;
  if (of === 'Path' || of === 'PathPrefix') return pathFits(predicate, request.segments);
  if (of === 'Method') return predicate.methods.includes(request.method.toUpperCase());
  if (of === 'Header' || of === 'Query') return valueFits(predicate, valuesOf(predicate, request));
  if (of === 'Host') return request.host !== undefined && hostFits(predicate, hostLabels(request.host));
  return of === 'Type' && typeFits(predicate.type, request.type);
}

function valuesOf({ of, name }: ValuePredicate, request: RoutedRequest): readonly string[] {
  return of === 'Header' ? request.header(name) : request.query(name);
}

/** From the left; an IPv6 address in brackets is one. */
export function hostLabels(host: string): string[] {
  return host.startsWith('[') ? [host] : host.split('.');
}

/** `http` is `io.kubefox.http`, too, whichever of both the request is of. */
export function typeFits(wanted: string, type: string): boolean {
  const [a, b] = [`.${wanted}`, `.${type.toLowerCase()}`];
  return a.endsWith(b) || b.endsWith(a);
}

export function pathFits(
  { of, segments, rest }: Pick<PathPredicate, 'of' | 'segments' | 'rest'>,
  path: readonly string[],
): boolean {
  if (of === 'Path' ? path.length !== segments.length : path.length < segments.length) return false;
  if (rest !== undefined && path.length === segments.length) return false;
  return segments.every((segment, index) => fits(segment, path[index] ?? ''));
}

export function hostFits({ labels }: Pick<HostPredicate, 'labels'>, host: readonly string[]): boolean {
  return labels.length === host.length && labels.every((label, index) => fits(label, host[index] ?? ''));
}

export function valueFits({ value }: Pick<ValuePredicate, 'value'>, values: readonly string[]): boolean {
  return value === undefined ? values.length > 0 : values.some((each) => fits(value, each));
}

/** Adds what a predicate captures of a request in which it holds. */
export function captureBy(predicate: Predicate, request: RoutedRequest, captures: Map<string, string>): void {
  if (predicate.of === 'Host') {
    const host = hostLabels(request.host ?? '');
    for (const [index, label] of predicate.labels.entries()) capture(label, host[index] ?? '', captures);
  } else if (predicate.of === 'Path' || predicate.of === 'PathPrefix') {
    const { segments, rest } = predicate;
    for (const [index, each] of segments.entries()) capture(each, request.segments[index] ?? '', captures);
    if (rest?.name !== undefined) captures.set(rest.name, request.segments.slice(segments.length).join('/'));
  }
}

/** Patterns of a predicate that can capture something. */
export function patternsOf(predicate: Predicate): readonly Pattern[] {
  if (predicate.of === 'Host') return predicate.labels;
  if (predicate.of !== 'Path' && predicate.of !== 'PathPrefix') return [];
  return predicate.rest === undefined ? predicate.segments : [...predicate.segments, predicate.rest];
}

/** As it is written. */
export function conditionText({ predicate, negated }: Condition): string {
  return `${negated ? '!' : ''}${predicate.text}`;
}

/** What a request has where a condition asks for something else: `the method is PUT`. */
export function actualText({ predicate }: Condition, request: RoutedRequest): string {
  const { of } = predicate;
  if (of === 'Path' || of === 'PathPrefix') return `the path is ${request.path}`;
  if (of === 'Method') return `the method is ${request.method}`;
  if (of === 'Header' || of === 'Query') return valuesText(predicate, valuesOf(predicate, request));
  if (of === 'Type') return `the type is ${request.type}`;
  return request.host === undefined ? 'there is no host' : `the host is ${request.host}`;
}

function valuesText({ of, name }: ValuePredicate, values: readonly string[]): string {
  const what = of === 'Header' ? 'header' : 'query parameter';
  if (values.length === 0) return `there is no ${what} ${name}`;
  return `the ${what} ${name} is ${values.map((each) => JSON.stringify(each)).join(', ')}`;
}

/** The predicate of a name and what it is written with. */
export function callText(name: string, values: readonly string[]): string {
  return `${name}(${values.map((value) => (value.includes('`') ? JSON.stringify(value) : `\`${value}\``)).join(', ')})`;
}

/** A path of patterns as it is written. */
export function pathText(segments: readonly Pattern[], rest: { readonly name?: string } | undefined): string {
  const parts = segments.map(segmentText);
  if (rest !== undefined) parts.push(`{${rest.name ?? ''}...}`);
  return `/${parts.join('/')}`;
}
