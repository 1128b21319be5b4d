// What of a request rules can look at. Nothing is taken apart before a rule asks for it.
import { pathSegments } from './request-path.ts';

/** A request as rules see it: without selectors and sub-path, before anything is added. */
export interface RoutedRequest {
  /** `http`, or what else begins requests: `cron`. */
  readonly type: string;
  /** As it came: `GET`. */
  readonly method: string;
  /** Lower case, without port; undefined: it names none. */
  readonly host: string | undefined;
  /** Without the query; safe by isSafePath. */
  readonly path: string;
  /** Decoded segments of the path, as of pathSegments. */
  readonly segments: readonly string[];
  /** Decoded values of a query parameter, in their order; none if it isn't there. */
  readonly query: (name: string) => readonly string[];
  /** Values of a header, in their order; `lowerName` in lower case. */
  readonly header: (lowerName: string) => readonly string[];
}

/** What a request is made of, as it came. */
export interface RequestParts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host?: string | undefined;
  /** Name, value, name, value … */
  readonly headers?: readonly string[];
  readonly type?: string;
}

/** The view of a request. */
export function routedRequest({
  method,
  target,
  host,
  headers = [],
  type = 'http',
}: RequestParts): RoutedRequest {
  const start = target.indexOf('?');
  const path = start === -1 ? target : target.slice(0, start);
  let segments: readonly string[] | undefined;
  let parameters: URLSearchParams | undefined;
  return {
    type,
    method,
    host,
    path,
    get segments() {
      return (segments ??= pathSegments(path));
    },
    query: (name) =>
      (parameters ??= new URLSearchParams(start === -1 ? '' : target.slice(start))).getAll(name),
    header: (lowerName) => valuesOf(headers, lowerName),
  };
}

function valuesOf(headers: readonly string[], lowerName: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]?.toLowerCase() === lowerName) values.push(headers[index + 1] ?? '');
  return values;
}
