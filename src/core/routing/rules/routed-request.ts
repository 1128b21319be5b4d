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
  query(name: string): readonly string[];
  /** Values of a header, in their order; `lowerName` in lower case. */
  header(lowerName: string): readonly string[];
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

/** The view of a request. `headersWhenAsked`: its headers, where they are made only if a rule is about them. */
export function routedRequest(
  parts: RequestParts,
  headersWhenAsked = (): readonly string[] => parts.headers ?? [],
): RoutedRequest {
  return new RequestView(parts, headersWhenAsked);
}

class RequestView implements RoutedRequest {
  readonly type: string;
  readonly method: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly #query: string;
  readonly #headersWhenAsked: () => readonly string[];
  #headers: readonly string[] | undefined;
  #segments: readonly string[] | undefined;
  #parameters: URLSearchParams | undefined;

  constructor(
    { method, target, host, type = 'http' }: RequestParts,
    headersWhenAsked: () => readonly string[],
  ) {
    const start = target.indexOf('?');
    this.type = type;
    this.method = method;
    this.host = host;
    this.path = start === -1 ? target : target.slice(0, start);
    this.#query = start === -1 ? '' : target.slice(start);
    this.#headersWhenAsked = headersWhenAsked;
  }

  get segments(): readonly string[] {
    return (this.#segments ??= pathSegments(this.path));
  }

  query(name: string): readonly string[] {
    return (this.#parameters ??= new URLSearchParams(this.#query)).getAll(name);
  }

  header(lowerName: string): readonly string[] {
    return valuesOf((this.#headers ??= this.#headersWhenAsked()), lowerName);
  }
}

function valuesOf(headers: readonly string[], lowerName: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]?.toLowerCase() === lowerName) values.push(headers[index + 1] ?? '');
  return values;
}
