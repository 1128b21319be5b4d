// The Kubernetes API as a function: a request in, an answer out. It knows nothing of sockets and of who asks.
import type { ObjectStore } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { answerReview } from './access-review.ts';
import { type Call, parseCall } from './call.ts';
import { patched, replacement } from './change.ts';
import { discover, versionInfo } from './discovery.ts';
import type { PodLogs } from './pod-logs.ts';
import { readCollection, readObject } from './read-objects.ts';
import {
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  jsonResponse,
  methodNotAllowed,
  statusResponse,
} from './request.ts';
import { isApply } from './write-options.ts';
import { applyObject, changeObject, createObject, removeCollection, removeObject } from './write-objects.ts';

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
  return async (request) => {
    try {
      return await answer(request, options);
    } catch (error) {
      if (error instanceof StatusError) return statusResponse(error);
      throw error;
    }
  };
}

async function answer(request: ApiRequest, { store, logs, version }: ApiOptions): Promise<ApiResponse> {
  const { pathname, searchParams } = new URL(request.url, 'https://localhost');
  const information = isRead(request)
    ? await readInformation(pathname, request, version)
    : answerReview(request, pathname);
  if (information !== undefined) return information;
  const call = parseCall(request, pathname, searchParams, store, logs);
  const { name } = call.route;
  return name === undefined ? answerCollection(call) : answerObject(call, name);
}

/** Answers what is about the API itself; undefined where something else is asked for. */
async function readInformation(
  path: string,
  { headers }: ApiRequest,
  version: string,
): Promise<ApiResponse | undefined> {
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' };
  }
  if (path === '/version') return jsonResponse(200, versionInfo(version));
  const accept = headers['accept'] ?? '';
  if (path.startsWith('/openapi')) {
    const { answerOpenApi } = await import('./openapi.ts');
    return answerOpenApi(path, accept, version);
  }
  const document = discover(path, accept, headers['host'] ?? 'localhost');
  return document === undefined ? undefined : jsonResponse(200, document.body, document.contentType);
}

async function answerCollection(call: Call): Promise<ApiResponse> {
  const { request } = call;
  if (isRead(request)) return readCollection(call);
  if (request.method === 'POST') return createObject(call);
  if (request.method === 'DELETE') return removeCollection(call);
  throw methodNotAllowed();
}

async function answerObject(call: Call, name: string): Promise<ApiResponse> {
  const { request, route } = call;
  const { subresource } = route;
  if (isRead(request)) return readObject(call, name);
  if (subresource === 'log') throw methodNotAllowed();
  if (isApply(request)) return applyObject(call, name);
  if (request.method === 'PUT') return changeObject(call, name, replacement(call));
  if (request.method === 'PATCH') return changeObject(call, name, patched(call));
  if (request.method === 'DELETE' && subresource === undefined) return removeObject(call, name);
  throw methodNotAllowed();
}

function isRead({ method }: ApiRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
