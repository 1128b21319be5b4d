// Follows a collection of the Kubernetes API by list and watch, for as long as the router lives, through every outage.
// client-node's informer ends at the first error, its watch drops lines that it can't parse and doesn't notice dead connections.
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, ApiFailure } from './api.ts';
import { type Log, reasonOf } from '../log.ts';

/** What of an object is needed to follow it. */
export interface ApiObject {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
}

/** Told of every change. */
export interface Follower<T> {
  /** An object is new or changed; `listing` if more of the same list follow. */
  set(object: T, listing: boolean): void;
  /** A list is complete; deletions that it shows come after this. */
  listed(): void;
  delete(name: string): void;
}

/** Which collection. */
export interface Collection {
  /** e.g. `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  readonly labelSelector: string;
}

interface ApiList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** The server ends a watch after this; a connection that is silent for longer is dead. */
const watchSeconds = 75;
const graceSeconds = 15;
const pageSize = 250;
const firstDelay = 100;
const longestDelay = 5_000;

/** One followed collection. */
export class ObjectWatch<T extends ApiObject> {
  readonly #api: Api;
  readonly #collection: Collection;
  readonly #follower: Follower<T>;
  readonly #log: Log;
  /** Resource versions of what the follower has, by name. */
  readonly #known = new Map<string, string>();
  #resourceVersion: string | undefined;
  #failures = 0;
  #hearing = new AbortController();

  constructor(api: Api, collection: Collection, follower: Follower<T>, log: Log) {
    this.#api = api;
    this.#collection = collection;
    this.#follower = follower;
    this.#log = log;
  }

  /** Follows until the signal aborts; `onListed` hears of each complete list. The follower keeps what it has while the API is away. */
  async run(signal: AbortSignal, onListed: () => void): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) {
          await this.#list(signal);
          onListed();
        }
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  /** Resource version of an object as it was last delivered. */
  versionOf(name: string): string | undefined {
    return this.#known.get(name);
  }

  /** Breaks off a watch that doesn't deliver, and lists anew. */
  restart(): void {
    this.#resourceVersion = undefined;
    this.#hearing.abort(new Error('the watch is deaf'));
  }

  async #list(signal: AbortSignal): Promise<void> {
    const seen = new Set<string>();
    let next: string | undefined;
    let resourceVersion: string;
    do {
      const query = { limit: String(pageSize), ...(next === undefined ? {} : { continue: next }) };
      const page = await this.#api.json<ApiList<T>>({ method: 'GET', path: this.#path(query), signal });
      for (const object of page.items ?? []) {
        seen.add(nameOf(object));
        this.#set(object, true);
      }
      ({ continue: next, resourceVersion } = page.metadata);
    } while (next !== undefined && next !== '');
    this.#follower.listed();
    for (const name of this.#known.keys()) if (!seen.has(name)) this.#delete(name);
    this.#resourceVersion = resourceVersion;
    this.#recovered();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const hearing = new AbortController();
    this.#hearing = hearing;
    const guard = setTimeout(
      () => hearing.abort(new Error('the watch is silent')),
      (watchSeconds + graceSeconds) * 1_000,
    );
    try {
      const query = {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: this.#resourceVersion ?? '',
        timeoutSeconds: String(watchSeconds),
      };
      const path = this.#path(query);
      const response = await this.#api.stream({
        method: 'GET',
        path,
        signal: AbortSignal.any([signal, hearing.signal]),
      });
      const began = Date.now();
      for await (const line of linesOf(response)) {
        guard.refresh();
        this.#apply(JSON.parse(line) as WatchEvent<T>);
        this.#recovered();
      }
      // An API that ends every watch at once must not be asked in a tight loop.
      if (Date.now() - began < 1_000) await pause(firstDelay, signal);
    } finally {
      clearTimeout(guard);
    }
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      const { code, message } = object as { code?: number; message?: string };
      throw new ApiFailure(code ?? 410, message ?? 'the watch failed');
    }
    if (type === 'DELETED') this.#delete(nameOf(object));
    else if (type !== 'BOOKMARK') this.#set(object, false);
    this.#resourceVersion = object.metadata?.resourceVersion ?? this.#resourceVersion;
  }

  #set(object: T, listing: boolean): void {
    const name = nameOf(object);
    const resourceVersion = object.metadata?.resourceVersion ?? '';
    if (this.#known.get(name) === resourceVersion) return;
    this.#follower.set(object, listing);
    this.#known.set(name, resourceVersion);
  }

  #delete(name: string): void {
    if (this.#known.delete(name)) this.#follower.delete(name);
  }

  /** After a failure: a new list if what was seen last is too old for the API or can't be trusted, and a wait that grows. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    // What was still read of a watch that was broken off doesn't make it one to go on from.
    if (error instanceof ApiFailure || this.#hearing.signal.aborted) this.#resourceVersion = undefined;
    if (this.#failures === 0)
      this.#log('warning', 'watch-failed', { path: this.#collection.path, reason: reasonOf(error) });
    const longest = Math.min(firstDelay * 2 ** this.#failures, longestDelay);
    this.#failures += 1;
    await pause(longest * (0.5 + Math.random() / 2), signal);
  }

  #recovered(): void {
    if (this.#failures > 1) this.#log('info', 'watch-recovered', { path: this.#collection.path });
    this.#failures = 0;
  }

  #path(query: Readonly<Record<string, string>>): string {
    const parameters = new URLSearchParams({ labelSelector: this.#collection.labelSelector, ...query });
    return `${this.#collection.path}?${parameters.toString()}`;
  }
}

/** Waits; a signal that aborts ends it at once. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function nameOf(object: ApiObject): string {
  return object.metadata?.name ?? '';
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}
