// Watches: the changes of a collection as a stream of JSON lines.
import { Readable } from 'node:stream';
import type { KubeObject, ObjectStore, StoreEvent } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { renderObject, type Representation } from './representation.ts';
import { Problems } from './problems.ts';
import { type ApiResponse, badRequest } from './request.ts';
import type { Route } from './route.ts';
import { type Selection, selectionOf } from './selection.ts';

/**
 * A client that lets more than this pile up, beside what was there when it began, is cut off: it can start again
 * from what it has seen.
 */
const maxBufferedBytes = 8 * 2 ** 20;
/** On the bookmark after what there was when a watch began. */
const initialEventsEnd = 'k8s.io/initial-events-end';
const bookmarkMilliseconds = 30_000;
const defaultTimeoutSeconds = 3_600;

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** Answers a watch. @throws StatusError 400 for a malformed query. */
export function watch(
  store: ObjectStore,
  route: Route,
  query: URLSearchParams,
  representation: Representation,
  signal: AbortSignal,
): ApiResponse {
  checkInitialEvents(query);
  const stream = new WatchStream(store, route, query, representation);
  signal.addEventListener('abort', () => stream.end(), { once: true });
  const isList = query.get('sendInitialEvents') === 'true';
  stream.begin(isList ? undefined : versionOf(query), isList);
  return { status: 200, headers: { 'content-type': 'application/json;stream=watch' }, body: stream.output };
}

/** The version after which changes are wanted; undefined: show what there is, first. */
function versionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(text)) throw badRequest(`invalid resource version ${JSON.stringify(text)}`);
  return text === '' || text === '0' ? undefined : Number(text);
}

/** A list as a watch: what there is, then a bookmark that says so. @throws StatusError 422. */
function checkInitialEvents(query: URLSearchParams): void {
  const asked = query.get('sendInitialEvents') !== null;
  const match = query.get('resourceVersionMatch') ?? '';
  const problems = new Problems();
  if (asked && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    problems.forbidden('resourceVersionMatch', detail);
  }
  if (!asked && match !== '') {
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    problems.forbidden('resourceVersionMatch', detail);
  }
  problems.throwIfAny({ kind: 'ListOptions', group: 'meta.k8s.io' }, '');
}

class WatchStream {
  readonly output: Readable;
  readonly #store: ObjectStore;
  readonly #route: Route;
  readonly #selects: Selection;
  readonly #representation: Representation;
  readonly #bookmarks: boolean;
  readonly #timeoutSeconds: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #stop: (() => void) | undefined;
  #shownColumns = false;
  /** Latest version that the client knows everything up to. */
  #version = 0;
  /** What was there when the watch began: up to this version, so many bytes. */
  #begunAt = Infinity;
  #begunBytes = 0;

  constructor(store: ObjectStore, route: Route, query: URLSearchParams, representation: Representation) {
    this.#store = store;
    this.#route = route;
    this.#selects = selectionOf(route, query);
    this.#representation = representation;
    this.#bookmarks = query.get('allowWatchBookmarks') === 'true';
    const seconds = Number(query.get('timeoutSeconds') ?? defaultTimeoutSeconds);
    if (!Number.isInteger(seconds) || seconds < 0) throw badRequest('invalid timeoutSeconds');
    this.#timeoutSeconds = seconds === 0 ? defaultTimeoutSeconds : seconds;
    this.output = new Readable({
      read: () => undefined,
      destroy: (error, done) => {
        this.#release();
        done(error);
      },
    });
  }

  /** @param isList a bookmark is to say when all that there was has been shown. */
  begin(fromVersion: number | undefined, isList: boolean): void {
    try {
      this.#follow(fromVersion);
      if (isList && this.#bookmarks) this.#bookmark({ [initialEventsEnd]: 'true' });
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 410) throw error;
      // Kubernetes tells it inside the stream: the request itself was right.
      this.#send({ type: 'ERROR', object: error }, 0);
      this.end();
      return;
    }
    this.#timers.push(setTimeout(() => this.end(), this.#timeoutSeconds * 1_000).unref());
    if (this.#bookmarks) this.#timers.push(setInterval(() => this.#bookmark(), bookmarkMilliseconds).unref());
  }

  /** Ends the stream as if all was said. */
  end(): void {
    if (this.output.readableEnded || this.output.destroyed || this.#stop === ended) return;
    if (this.#bookmarks && this.#stop !== undefined) this.#bookmark();
    this.#release();
    this.output.push(null);
  }

  #follow(fromVersion: number | undefined): void {
    if (fromVersion === undefined) {
      const { items, version } = this.#store.list(this.#route.kind.resource, this.#route.namespace);
      for (const object of items) if (this.#selects(object)) this.#send({ type: 'ADDED', object }, 0);
      this.#version = version;
    } else {
      this.#version = fromVersion;
    }
    this.#begunAt = this.#store.version;
    this.#stop = this.#store.watch(this.#version, (event) => this.#receive(event));
  }

  #receive(event: StoreEvent): void {
    if (event.resource === this.#route.kind.resource) {
      const change = selectedChange(event, this.#selects);
      if (change !== undefined) this.#send(change, event.version);
    }
    this.#version = event.version;
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { kind, group, version } = this.#route.kind;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const metadata = {
      resourceVersion: String(this.#version),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    };
    this.#send({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } }, this.#version);
  }

  /** @param version after the change. */
  #send({ type, object }: Change, version: number): void {
    if (this.output.destroyed) return;
    const shown = type === 'BOOKMARK' || type === 'ERROR' ? object : this.#render(object as KubeObject);
    const before = this.output.readableLength;
    this.output.push(`${JSON.stringify({ type, object: shown })}\n`);
    if (version <= this.#begunAt) this.#begunBytes += this.output.readableLength - before;
    if (this.output.readableLength > this.#begunBytes + maxBufferedBytes) {
      this.output.destroy(new StatusError(504, 'Timeout', 'the client of a watch is too slow'));
    }
  }

  #render(object: KubeObject): unknown {
    const shown = renderObject(this.#route.kind, object, this.#representation, Date.now());
    if (this.#representation.form !== 'table') return shown;
    // Columns once per stream, as Kubernetes does: kubectl prints its header for them.
    const first = !this.#shownColumns;
    this.#shownColumns = true;
    return first ? shown : { ...(shown as object), columnDefinitions: null };
  }

  #release(): void {
    this.#stop?.();
    this.#stop = ended;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** Marks a stream whose watch was given back. */
const ended = () => undefined;

/** What an event is to somebody who only sees what is selected: an object that ceases to match is deleted for them. */
function selectedChange({ type, object, previous }: StoreEvent, selects: Selection): Change | undefined {
  const before = previous !== undefined && selects(previous);
  if (type === 'DELETED') return before ? { type, object } : undefined;
  const after = selects(object);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object };
  if (!before || previous === undefined) return undefined;
  // As it was when it was last seen, at the version at which it went.
  const { resourceVersion } = object.metadata;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}
