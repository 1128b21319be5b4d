// The verbs of the Kubernetes API for namespaced objects, as fox needs them: typed, with Status errors as exceptions.
import { setTimeout as delay } from 'node:timers/promises';
import { answeredError, isStatus, parseAnswer, statusError, wordlessError } from './api-error.ts';
import { lines } from './lines.ts';
import { collectionPath, groupOf, type Resource } from './resources.ts';
import { type ApiResponse, type Transport, wholeText } from './transport.ts';

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

/** Name under which fox applies objects: the fields that it gives are its own. */
export const fieldManager = 'fox';

/** How an object is written. */
export interface WriteOptions {
  /** Refuse fields that the API doesn't know, instead of dropping them. */
  readonly strict?: boolean;
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Take over fields that others manage. */
  readonly force?: boolean;
}

/** A cluster that has too much to do is asked again so often, and for so long (in ms) altogether. */
const busyRetries = 10;
const busyPatience = 60_000;

/** One namespace of a cluster, by HTTP verbs. */
export class ApiClient {
  readonly namespace: string;
  readonly #transport: Transport;
  readonly #signal: AbortSignal | undefined;
  #skew = 0;

  /** @param signal ends waiting for a cluster that has too much to do. */
  constructor(transport: Transport, namespace: string, signal?: AbortSignal) {
    this.#transport = transport;
    this.namespace = namespace;
    this.#signal = signal;
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
  async create<T extends object>(resource: Resource, object: T, options: WriteOptions = {}): Promise<T> {
    const query = options.strict === true ? { fieldValidation: 'Strict' } : {};
    return this.#json<T>('POST', this.#path(resource, undefined, query), { body: JSON.stringify(object) });
  }

  /**
   * Server-side apply: creates the object, or sets the fields that it gives and removes those that it gave before.
   * @throws ApiError 409 Conflict with one cause per field that somebody else manages; nothing is changed then.
   */
  async apply<T extends ApplicableObject>(
    resource: Resource,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    const query = { fieldManager, ...(options.force === true ? { force: 'true' } : {}) };
    return this.#json<T>('PATCH', this.#path(resource, object.metadata?.name ?? '', query), {
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml',
    });
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

  /**
   * Deletes an object and what it owns in the background; false if it didn't exist.
   * @throws ApiError 409 Conflict if it is another one than that of the `uid` that is given.
   */
  async delete(resource: Resource, name: string, uid?: string): Promise<boolean> {
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    try {
      await this.#json('DELETE', this.#path(resource, name), {
        body: JSON.stringify({ propagationPolicy: 'Background', ...preconditions }),
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

  /**
   * Does nothing if the namespace exists, or if one may not know.
   * @throws ApiError 404 as everything in a namespace that doesn't exist does, but for lists: those are empty.
   */
  async requireNamespace(): Promise<void> {
    try {
      await this.#json('GET', `/api/v1/namespaces/${this.namespace}`);
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
    }
  }

  /** Whether whoever asks may do something in this namespace. */
  async isAllowed(asked: {
    readonly verb: string;
    readonly resource: Resource;
    readonly subresource?: string;
  }): Promise<boolean> {
    const resourceAttributes = { ...asked, group: groupOf(asked.resource), namespace: this.namespace };
    const review = await this.#json<{ status?: { allowed?: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      {
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        }),
      },
    );
    return review.status?.allowed === true;
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
    const collection = collectionPath(this.namespace, resource);
    const base = name === undefined ? collection : `${collection}/${name}`;
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return given.length === 0 ? base : `${base}?${new URLSearchParams(given).toString()}`;
  }

  async #json<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: Content = {},
  ): Promise<T> {
    const response = await this.#send(method, path, content);
    const text = await wholeText(response.body);
    const answer = parseAnswer(text);
    if (answer === undefined) throw wordlessError(text, response.status);
    return answer as T;
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    content: Content,
  ): Promise<ApiResponse> {
    const signal = content.signal ?? this.#signal;
    for (let [tries, waited] = [0, 0]; ; tries++) {
      const response = await this.#transport({ method, path, ...content });
      if (response.date !== undefined) this.#skew = measureSkew(response.date);
      if (response.status < 400) return response;
      const error = answeredError(await wholeText(response.body), response.status);
      const pause = busyPause(response);
      if (pause === undefined || tries >= busyRetries || waited + pause > busyPatience) throw error;
      await delay(pause, undefined, signal === undefined ? {} : { signal });
      waited += pause;
    }
  }
}

/**
 * How long to wait (in ms) before asking again: the API server's flow control says so, and then hasn't begun with the
 * request. Spread a little, so that those who were refused together don't come back together.
 */
function busyPause({ status, retryAfter }: ApiResponse): number | undefined {
  const isBusy = status === 429 || (status >= 500 && retryAfter !== undefined);
  return isBusy ? (retryAfter ?? 1) * 1_000 * (1 + Math.random() / 4) : undefined;
}

/** An object that can be applied: it says what it is. */
export interface ApplicableObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
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
