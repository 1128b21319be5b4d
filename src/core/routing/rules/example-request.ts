// An example of a request that several rules match, to show what a tie is about.
import { commonText } from './common-text.ts';
import { fits, isLiteral, isRegex, type Pattern, regexOf } from './pattern.ts';
import { type Condition, conditionHolds, type HostPredicate, type PathPredicate } from './predicate.ts';
import { isSafePath } from './request-path.ts';
import { type RequestParts, routedRequest } from './routed-request.ts';
import { conditionsOf, type Rule } from './rule-branches.ts';
import { sampleTexts } from './sample-text.ts';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'X'];

/** A request that all rules match; undefined: none was found, which doesn't mean that there is none. */
export function exampleRequest(rules: readonly Rule[]): RequestParts | undefined {
  const conditions = rules.flatMap(conditionsOf);
  const path = examplePath(conditions);
  const host = exampleHost(conditions);
  const parameters = exampleValues('Query', conditions);
  const query = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const type = conditions.flatMap(({ predicate, negated }) =>
    // What it ends in is of all types that end so.
    predicate.of === 'Type' && !negated ? [predicate.type.replace(/^.*\./, '')] : [],
  )[0];
  for (const method of methodsOf(conditions)) {
    const request: RequestParts = {
      method,
      target: `${path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
      ...(host === undefined ? {} : { host }),
      headers: exampleValues('Header', conditions).flat(),
      ...(type === undefined ? {} : { type }),
    };
    const routed = routedRequest(request);
    if (isSafePath(path) && conditions.every((condition) => conditionHolds(condition, routed)))
      return request;
  }
  return undefined;
}

/** As one line: ``GET /a with header x-user: "b"``. */
export function requestText({ method, target, host, headers = [], type = 'http' }: RequestParts): string {
  const fields: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    fields.push(`header ${headers[index] ?? ''}: ${JSON.stringify(headers[index + 1])}`);
  const ofType = type === 'http' ? '' : ` of type ${type}`;
  const where = host === undefined ? target : `${host}${target}`;
  return `${method} ${where}${ofType}${fields.length === 0 ? '' : ` with ${fields.join(' and ')}`}`;
}

function methodsOf(conditions: readonly Condition[]): string[] {
  const named = conditions.flatMap(({ predicate, negated }) =>
    predicate.of === 'Method' && !negated ? predicate.methods : [],
  );
  return [...new Set([...methods.filter((each) => named.includes(each)), ...named, ...methods])];
}

function examplePath(conditions: readonly Condition[]): string {
  const paths = conditions.flatMap(({ predicate, negated }) =>
    (predicate.of === 'Path' || predicate.of === 'PathPrefix') && !negated ? [predicate] : [],
  );
  const length = Math.max(1, ...paths.map(lengthOf));
  const segments = Array.from({ length }, (_, index) =>
    textFor(paths.flatMap((each: PathPredicate) => each.segments[index] ?? [])),
  );
  if (paths.every((each) => lengthOf(each) === 0)) return '/';
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

function lengthOf({ segments, rest }: PathPredicate): number {
  return segments.length + (rest === undefined ? 0 : 1);
}

function exampleHost(conditions: readonly Condition[]): string | undefined {
  const hosts = conditions.flatMap(({ predicate, negated }) =>
    predicate.of === 'Host' && !negated ? [predicate] : [],
  );
  const [first] = hosts;
  return first?.labels
    .map((_, index) => textFor(hosts.flatMap((each: HostPredicate) => each.labels[index] ?? [])))
    .join('.');
}

function exampleValues(of: 'Header' | 'Query', conditions: readonly Condition[]): [string, string][] {
  const wanted = conditions.flatMap(({ predicate, negated }) =>
    predicate.of === of && !negated ? [predicate] : [],
  );
  const values = new Map<string, [string, string]>();
  for (const { name, value } of wanted) {
    if (value === undefined && wanted.some((each) => each.name === name && each.value !== undefined))
      continue;
    const text = textFor(value === undefined ? [] : [value]);
    values.set(JSON.stringify([name, text]), [name, text]);
  }
  return [...values.values()];
}

/** A text that fits all patterns, if one is found. */
function textFor(patterns: readonly Pattern[]): string {
  const literals = patterns.flatMap((each) => (isLiteral(each) ? [each.text] : []));
  const samples = patterns.flatMap((each) => (isRegex(each) ? sampleTexts(each.regex.pattern()) : []));
  const candidates = [...literals, ...samples, 'x', ...commonTexts(patterns)];
  return candidates.find((text) => patterns.every((each) => fits(each, text))) ?? candidates[0] ?? 'x';
}

/** Texts that two of them have in common. */
function commonTexts(patterns: readonly Pattern[]): string[] {
  const regexes = patterns.flatMap((each) => (isLiteral(each) ? [] : [regexOf(each)]));
  return regexes.flatMap((one, index) =>
    regexes.slice(index + 1).flatMap((other) => {
      const common = commonText(one, other);
      return typeof common === 'string' ? [] : [common.text];
    }),
  );
}
