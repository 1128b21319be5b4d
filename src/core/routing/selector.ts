// Selectors: how an outside request names the version and the virtual environment that it wants, and how they are taken out.
import { badSelector, type Problem } from './problem.ts';

/** What a request asks for. */
export interface Selectors {
  /** `order-app-v1`, or `v1`: that version in every app that has one. */
  readonly deployment?: string;
  readonly environment?: string;
  /** Proof that the rest may be asked for. */
  readonly signature?: string;
}

/** Names of a selector, by what it selects. Long query > long header > short query > short header. */
const names = {
  deployment: { long: 'kubefox-app-deployment', short: 'kf-dep' },
  environment: { long: 'kubefox-virtual-environment', short: 'kf-ve' },
  signature: { long: 'kubefox-signature', short: 'kf-sig' },
} as const;

/** Lower-case names of the headers that are selectors. */
export const selectorHeaders: ReadonlySet<string> = new Set(
  Object.values(names).flatMap(({ long, short }) => [long, short]),
);

/** Longer than any name that exists. */
const maxLength = 128;

/** The selectors of a request, and its target without them. */
export interface SelectedRequest {
  readonly selectors: Selectors;
  /** Path and query; the other parameters keep their order and their bytes. */
  readonly target: string;
}

/**
 * Takes the selectors out of a request's target and reads those in its headers (name, value, name, value …).
 * A selector that is empty, repeated or not readable is a problem; two names of the same selector aren't: the first by precedence counts.
 */
export function takeSelectors(target: string, headers: readonly string[]): SelectedRequest | Problem {
  const found = new Map<string, string>();
  const rest = findSelectors(target, headers, found);
  if (typeof rest !== 'string') return rest;
  if (found.size === 0) return { selectors: {}, target: rest };
  const deployment = first(found, 'deployment');
  const environment = first(found, 'environment');
  const signature = first(found, 'signature');
  return {
    selectors: {
      ...(deployment === undefined ? {} : { deployment }),
      ...(environment === undefined ? {} : { environment }),
      ...(signature === undefined ? {} : { signature }),
    },
    target: rest,
  };
}

/**
 * Notes what a request's target and headers select, by place: `query kf-dep`. @returns the target without selectors, or what
 * is wrong with one.
 */
export function findSelectors(
  target: string,
  headers: readonly string[],
  found: Map<string, string>,
): string | Problem {
  const rest = takeFromQuery(target, found);
  if (typeof rest !== 'string') return rest;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase() ?? '';
    if (!selectorHeaders.has(name)) continue;
    const problem = keep(found, `header ${name}`, headers[index + 1]);
    if (problem !== undefined) return problem;
  }
  return rest;
}

/** Places of what selects one thing; the first that says something counts. */
export function placesOf(selected: keyof Selectors): readonly string[] {
  const { long, short } = names[selected];
  return [`query ${long}`, `header ${long}`, `query ${short}`, `header ${short}`];
}

const places = {
  deployment: placesOf('deployment'),
  environment: placesOf('environment'),
  signature: placesOf('signature'),
} as const;

function first(found: ReadonlyMap<string, string>, selected: keyof Selectors): string | undefined {
  for (const place of places[selected]) {
    const value = found.get(place);
    if (value !== undefined) return value;
  }
  return undefined;
}

function takeFromQuery(target: string, found: Map<string, string>): string | Problem {
  const start = target.indexOf('?');
  if (start === -1) return target;
  const parameters = target.slice(start + 1).split('&');
  const kept: string[] = [];
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = decode(equals === -1 ? parameter : parameter.slice(0, equals)) ?? '';
    if (!selectorHeaders.has(name)) {
      kept.push(parameter);
      continue;
    }
    const problem = keep(found, `query ${name}`, equals === -1 ? '' : decode(parameter.slice(equals + 1)));
    if (problem !== undefined) return problem;
  }
  if (kept.length === parameters.length) return target;
  return kept.length === 0 ? target.slice(0, start) : `${target.slice(0, start)}?${kept.join('&')}`;
}

/** What of a request's selectors its URL says, as far as nothing else has more to say. */
export function selectedByUrl(target: string, selectors: Selectors): Selectors {
  const found = new Map<string, string>();
  takeFromQuery(target, found);
  const isByUrl = (selected: keyof Selectors) => first(found, selected) === selectors[selected];
  const kept = (['deployment', 'environment', 'signature'] as const).filter(isByUrl);
  return Object.fromEntries(
    kept.flatMap((each) => (selectors[each] === undefined ? [] : [[each, selectors[each]]])),
  );
}

/** The selectors in the query of a target or a URL, byte for byte: `kf-dep=v2&kf-ve=team-a`. */
export function selectorQuery(target: string): string {
  const start = target.indexOf('?');
  if (start === -1) return '';
  const [query = ''] = target.slice(start + 1).split('#');
  const selecting = query.split('&').filter((parameter) => {
    const [name = ''] = parameter.split('=');
    return selectorHeaders.has(decode(name) ?? '');
  });
  return selecting.join('&');
}

/** Notes a selector, or says what is wrong with it. */
function keep(found: Map<string, string>, place: string, value: string | undefined): Problem | undefined {
  if (value === undefined) return badSelector(place, 'is not valid percent-encoded text');
  if (value.trim() === '') return badSelector(place, 'is empty');
  if (value.length > maxLength) return badSelector(place, `is longer than ${maxLength} characters`);
  if (found.has(place)) return badSelector(place, 'is given more than once');
  found.set(place, value.trim());
  return undefined;
}

function decode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
