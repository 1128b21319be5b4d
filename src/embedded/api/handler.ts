// The Kubernetes API as a function: a request in, an answer out. It knows nothing of sockets and of who asks.
import type { KubeObject, ObjectStore } from '../store/object-store.ts';
import { about, alreadyExists, notFound, StatusError } from '../store/status-error.ts';
import { decodeObject, parseJson } from './decode.ts';
import { deleteObject, type DeletionOptions, deletionOptions, tryDeletion } from './deletion.ts';
import { discover, versionInfo } from './discovery.ts';
import type { Kind } from './kind.ts';
import { readLog } from './log-request.ts';
import type { PodLogs } from './pod-logs.ts';
import { negotiate, renderList, renderObject } from './representation.ts';
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  badRequest,
  jsonResponse,
  methodNotAllowed,
  noSuchPath,
  statusResponse,
} from './request.ts';
import { parseRoute, type Route } from './route.ts';
import { readScale } from './scale.ts';
import { selectionOf } from './selection.ts';
import { watch } from './watch.ts';
import { type Change, mergePatched, newObject, replacement } from './write.ts';

const mergePatchType = 'application/merge-patch+json';
/** How often a generated name may be taken before the maker is told. */
const nameAttempts = 8;

/** What the API serves. */
export interface ApiOptions {
  readonly store: ObjectStore;
  /** Keeps the logs of pods; absent where none run. */
  readonly logs?: PodLogs;
  /** fox's version. */
  readonly version: string;
}

/** The API of a store. */
export function createApi(options: ApiOptions): ApiHandler {
  const api = new Api(options);
  return async (request) => {
    try {
      return await api.answer(request);
    } catch (error) {
      if (error instanceof StatusError) return statusResponse(error);
      throw error;
    }
  };
}

/** A request, taken apart. */
interface Call {
  readonly request: ApiRequest;
  readonly route: Route;
  readonly kind: Kind;
  readonly query: URLSearchParams;
  readonly dryRun: boolean;
}

class Api {
  readonly #store: ObjectStore;
  readonly #logs: PodLogs | undefined;
  readonly #version: string;

  constructor({ store, logs, version }: ApiOptions) {
    this.#store = store;
    this.#logs = logs;
    this.#version = version;
  }

  async answer(request: ApiRequest): Promise<ApiResponse> {
    const { pathname, searchParams: query } = new URL(request.url, 'https://localhost');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const information = reads ? this.#information(pathname, request) : undefined;
    if (information !== undefined) return information;
    const route = parseRoute(pathname);
    const call = { request, route, kind: route.kind, query, dryRun: isDryRun(query) };
    if (route.name === undefined) return this.#answerCollection(call);
    return this.#answerObject(call, route.name);
  }

  /** Answers what is about the API itself. */
  #information(path: string, { headers }: ApiRequest): ApiResponse | undefined {
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' };
    }
    if (path === '/version') return jsonResponse(200, versionInfo(this.#version));
    if (path.startsWith('/openapi')) {
      throw noSuchPath(
        'the embedded cluster has no OpenAPI description; kubectl works with --validate=false',
      );
    }
    const document = discover(path, headers['accept'] ?? '', headers['host'] ?? 'localhost');
    return document === undefined ? undefined : jsonResponse(200, document.body, document.contentType);
  }

  async #answerCollection(call: Call): Promise<ApiResponse> {
    const { request, route, query } = call;
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return isTrue(query.get('watch')) ? this.#watch(call) : this.#list(call);
      case 'POST':
        return this.#create(call);
      case 'DELETE':
        if (route.kind.namespaced && route.namespace === undefined) throw methodNotAllowed();
        return this.#deleteCollection(call);
      default:
        throw methodNotAllowed();
    }
  }

  async #answerObject(call: Call, name: string): Promise<ApiResponse> {
    const { request, route, kind, query } = call;
    const { subresource } = route;
    switch (request.method) {
      case 'GET':
      case 'HEAD': {
        if (isTrue(query.get('watch'))) return this.#watch(call);
        const object = this.#find(call, name);
        if (subresource === 'log') return readLog(object, this.#logs, query, request.signal);
        return this.#show(call, 200, subresource === 'scale' ? readScale(object) : object);
      }
      case 'PUT':
        if (subresource === 'log') throw methodNotAllowed();
        return this.#change(call, name, replacement(bodyOf(request), kind, subresource));
      case 'PATCH':
        if (subresource === 'log') throw methodNotAllowed();
        return this.#change(call, name, mergePatched(patchOf(request), kind, subresource));
      case 'DELETE':
        if (subresource !== undefined) throw methodNotAllowed();
        return this.#delete(call, name);
      default:
        throw methodNotAllowed();
    }
  }

  #list(call: Call): ApiResponse {
    const { request, route, kind, query } = call;
    if ((query.get('continue') ?? '') !== '') {
      throw new StatusError(410, 'Expired', 'lists are never cut here: there is nothing to continue');
    }
    const representation = negotiate(request.headers['accept'], query);
    const { items, version } = this.#store.list(kind.resource, route.namespace);
    const selected = items.filter(selectionOf(route, query));
    return jsonResponse(200, renderList(kind, selected, version, representation, Date.now()));
  }

  #watch({ request, route, query }: Call): ApiResponse {
    if (route.subresource !== undefined) throw methodNotAllowed();
    return watch(this.#store, route, query, negotiate(request.headers['accept'], query), request.signal);
  }

  async #create(call: Call): Promise<ApiResponse> {
    const { request, route, kind, dryRun } = call;
    if (kind.namespaced && route.namespace === undefined) throw methodNotAllowed();
    const given = decodeObject(bodyOf(request), kind);
    const namespace = route.namespace ?? '';
    if (kind.namespaced) this.#checkNamespace(namespace, kind, given.metadata.name ?? '');
    const generated = (given.metadata.name ?? '') === '' && given.metadata.generateName !== undefined;
    for (let attempt = 1; ; attempt += 1) {
      const object = newObject(given, kind, namespace);
      try {
        return this.#show(
          call,
          201,
          dryRun ? this.#tryCreate(object, kind) : await this.#store.create(kind.resource, object),
        );
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
        if (!taken || !generated || attempt === nameAttempts) throw error;
      }
    }
  }

  #tryCreate(object: KubeObject, kind: Kind): KubeObject {
    const { name, namespace = '', resourceVersion: _none, ...metadata } = object.metadata;
    if (this.#store.get(kind.resource, namespace, name) !== undefined)
      throw alreadyExists(kind.resource, name);
    const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const uid = crypto.randomUUID();
    return {
      ...object,
      metadata: {
        ...metadata,
        name,
        ...(namespace === '' ? {} : { namespace }),
        uid,
        creationTimestamp,
        resourceVersion: '',
      },
    };
  }

  #checkNamespace(namespace: string, kind: Kind, name: string): void {
    const object = this.#store.get('namespaces', '', namespace);
    if (object === undefined) throw notFound('namespaces', namespace);
    if (object.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw new StatusError(
      403,
      'Forbidden',
      `${kind.resource} "${name}" is forbidden: ${why}`,
      about(kind.resource, name),
    );
  }

  async #change(call: Call, name: string, change: Change): Promise<ApiResponse> {
    const { route, kind, dryRun } = call;
    const found = this.#find(call, name);
    const object = dryRun
      ? change(structuredClone(found))
      : await this.#store.change(kind.resource, route.namespace ?? '', name, change);
    return this.#show(call, 200, route.subresource === 'scale' ? readScale(object) : object);
  }

  async #delete(call: Call, name: string): Promise<ApiResponse> {
    const { request, route, kind, query } = call;
    const options = deletionOptions(bodyOf(request), query);
    const found = this.#find(call, name);
    const { object, removed } = await this.#deleteOne(call, found, options);
    if (!removed || kind.resource === 'pods') return this.#show(call, 200, object);
    const { uid } = object.metadata;
    const details = { ...about(route.kind.resource, name), uid };
    return jsonResponse(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }

  async #deleteCollection(call: Call): Promise<ApiResponse> {
    const { request, route, kind, query } = call;
    const options = deletionOptions(bodyOf(request), query);
    const representation = negotiate(request.headers['accept'], query);
    const { items, version } = this.#store.list(kind.resource, route.namespace);
    const selected = items.filter(selectionOf(route, query));
    const deleted: KubeObject[] = [];
    for (const item of selected) {
      try {
        deleted.push((await this.#deleteOne(call, item, options)).object);
      } catch (error) {
        // Deleted by somebody else since it was listed.
        if (!(error instanceof StatusError) || error.code !== 404) throw error;
      }
    }
    return jsonResponse(200, renderList(kind, deleted, version, representation, Date.now()));
  }

  async #deleteOne({ kind, dryRun }: Call, { metadata, ...rest }: KubeObject, options: DeletionOptions) {
    const { namespace = '', name } = metadata;
    if (kind.resource === 'namespaces' && (name === 'default' || name === 'kube-system')) {
      const message = `namespaces "${name}" is forbidden: this namespace may not be deleted`;
      throw new StatusError(403, 'Forbidden', message, about('namespaces', name));
    }
    if (dryRun || options.dryRun !== undefined)
      return tryDeletion(kind.resource, { metadata, ...rest }, options);
    return deleteObject(this.#store, kind.resource, namespace, name, options);
  }

  #find({ route, kind }: Call, name: string): KubeObject {
    const object = this.#store.get(kind.resource, route.namespace ?? '', name);
    if (object === undefined) throw notFound(kind.resource, name);
    return object;
  }

  #show({ request, route, query }: Call, status: number, object: KubeObject): ApiResponse {
    const representation = negotiate(request.headers['accept'], query);
    return jsonResponse(status, renderObject(route.kind, object, representation, Date.now()));
  }
}

function bodyOf({ headers, body }: ApiRequest): unknown {
  const type = mediaType(headers['content-type']);
  if (body.length > 0 && type !== undefined && type !== 'application/json' && type !== '*/*')
    throw unsupportedType(type, 'application/json');
  return parseJson(body);
}

function patchOf({ headers, body }: ApiRequest): unknown {
  const type = mediaType(headers['content-type']);
  if (type !== mergePatchType)
    throw unsupportedType(type ?? 'no content type', `${mergePatchType} (kubectl patch --type=merge)`);
  return parseJson(body);
}

function mediaType(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

function unsupportedType(given: string, works: string): StatusError {
  const message = `the embedded cluster doesn't understand a body of type ${given} here; what works is ${works}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  for (const value of values) {
    if (value !== 'All')
      throw badRequest(`Unsupported value: ${JSON.stringify(value)}: supported values: "All" (dryRun)`);
  }
  return values.length > 0;
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}
