// The verbs of the Kubernetes API for namespaced objects, as fox needs them: typed, with Status errors as exceptions.
import { type ErrorCode, FoxError } from '../core/errors.ts';
import { type ApiResponse, brokenOff, type Transport, wholeText } from './transport.ts';

/** Collections that fox uses, with the API group they live in. */
const groups = {
  pods: '/api/v1',
  configmaps: '/api/v1',
  secrets: '/api/v1',
  events: '/api/v1',
  deployments: '/apis/apps/v1',
  leases: '/apis/coordination.k8s.io/v1',
} as const;

/** Plural name of a collection, as in URLs. */
export type Resource = keyof typeof groups;

/** An error that the API answered with; 404 and 409 are often expected. */
export class ApiError extends FoxError {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' word for it, e.g. `AlreadyExists`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(codeOf(status), `the cluster answered: ${message}`);
    this.status = status;
    this.reason = reason;
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 409) return 'CONFLICT';
  if (status === 404) return 'NOT_FOUND';
  if (status === 503) return 'CLUSTER_UNREACHABLE';
  return 'CLUSTER_ERROR';
}

/** Whether an error is the API's answer with this HTTP status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** A list with the version of the collection that it shows. */
export interface ApiList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

/** A change that a watch reports. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** Which objects of a collection. */
export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** One namespace of a cluster, by HTTP verbs. */
export class ApiClient {
  readonly namespace: string;
  readonly #transport: Transport;
  #skew = 0;

  constructor(transport: Transport, namespace: string) {
    this.#transport = transport;
    this.namespace = namespace;
  }

  /** The server's time in ms since 1970, to about a second: what Leases are judged by, as laptops' clocks differ. */
  now(): number {
    return Date.now() + this.#skew;
  }

  /** The object, or undefined if it doesn't exist. */
  async get<T>(resource: Resource, name: string): Promise<T | undefined> {
    try {
      return await this.#json<T>('GET', this.#path(resource, name));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async list<T>(resource: Resource, selection: Selection = {}): Promise<ApiList<T>> {
    const list = await this.#json<{ items: T[] | null; metadata: { resourceVersion: string } }>(
      'GET',
      this.#path(resource, undefined, { ...selection }),
    );
    return { items: list.items ?? [], resourceVersion: list.metadata.resourceVersion };
  }

  /** @throws ApiError 409 AlreadyExists. */
  async create<T extends object>(resource: Resource, object: T): Promise<T> {
    return this.#json<T>('POST', this.#path(resource), { body: JSON.stringify(object) });
  }

  /** Replaces an object; guarded if it carries a resourceVersion. @throws ApiError 409 Conflict. */
  async replace<T extends object>(resource: Resource, name: string, object: T): Promise<T> {
    return this.#json<T>('PUT', this.#path(resource, name), { body: JSON.stringify(object) });
  }

  /** JSON merge patch; guarded if it carries metadata.resourceVersion. `subresource` is e.g. `scale`. */
  async patch<T>(resource: Resource, name: string, patch: object, subresource?: string): Promise<T> {
    const path = this.#path(resource, subresource === undefined ? name : `${name}/${subresource}`);
    return this.#json<T>('PATCH', path, {
      body: JSON.stringify(patch),
      contentType: 'application/merge-patch+json',
    });
  }

  /** Deletes an object and what it owns in the background; false if it didn't exist. */
  async delete(resource: Resource, name: string): Promise<boolean> {
    try {
      await this.#json('DELETE', this.#path(resource, name), {
        body: JSON.stringify({ propagationPolicy: 'Background' }),
      });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /**
   * Changes after `resourceVersion`, until the signal aborts or the server ends the stream.
   * An ERROR event (e.g. 410: too old) is thrown as ApiError.
   */
  async *watch<T>(
    resource: Resource,
    resourceVersion: string,
    selection: Selection,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const path = this.#path(resource, undefined, { ...selection, watch: 'true', resourceVersion });
    const response = await this.#send('GET', path, { signal });
    for await (const line of lines(response.body, signal)) {
      const event = JSON.parse(line) as WatchEvent<T>;
      if (event.type === 'ERROR') throw statusError(event.object, 410);
      yield event;
    }
  }

  /** A pod's log as text chunks. */
  async *log(
    pod: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const response = await this.#send('GET', this.#path('pods', `${pod}/log`, query), { signal });
    yield* lines(response.body, signal);
  }

  #path(resource: Resource, name?: string, query: Readonly<Record<string, string | undefined>> = {}): string {
    const base = `${groups[resource]}/namespaces/${this.namespace}/${resource}${name === undefined ? '' : `/${name}`}`;
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return given.length === 0 ? base : `${base}?${new URLSearchParams(given).toString()}`;
  }

  async #json<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: Content = {},
  ): Promise<T> {
    const response = await this.#send(method, path, content);
    return JSON.parse(await wholeText(response.body)) as T;
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: Content,
  ): Promise<ApiResponse> {
    const response = await this.#transport({ method, path, ...content });
    if (response.date !== undefined) this.#skew = measureSkew(response.date);
    if (response.status < 400) return response;
    throw statusError(parse(await wholeText(response.body)), response.status);
  }
}

interface Content {
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The Date header has whole seconds: less than one second of difference is no skew. */
function measureSkew(date: number): number {
  const difference = date - Date.now();
  return Math.abs(difference) <= 1_000 ? 0 : difference;
}

async function* lines(body: AsyncIterable<Buffer | string>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      const parts = rest.split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    if (!signal.aborted) throw brokenOff(error);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: body.slice(0, 200) };
  }
}

function statusError(status: unknown, fallback: number): ApiError {
  const { code, reason, message } = status as { code?: number; reason?: string; message?: string };
  return new ApiError(code ?? fallback, reason ?? 'Unknown', message ?? `HTTP status ${code ?? fallback}`);
}
