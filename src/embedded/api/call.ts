// A request for objects, taken apart: where it leads, how it asks, and what it brings.
import type { KubeObject, ObjectStore } from '../store/object-store.ts';
import { notFound, StatusError } from '../store/status-error.ts';
import { parseJson } from './decode.ts';
import type { PodLogs } from './pod-logs.ts';
import { negotiate, renderList, renderObject } from './representation.ts';
import { type ApiRequest, type ApiResponse, badRequest, jsonResponse } from './request.ts';
import { parseRoute, type Route } from './route.ts';

const mergePatchType = 'application/merge-patch+json';

/** One request for objects. */
export interface Call {
  readonly request: ApiRequest;
  readonly route: Route;
  readonly query: URLSearchParams;
  /** Validate and answer, but store nothing. */
  readonly dryRun: boolean;
  readonly store: ObjectStore;
  readonly logs: PodLogs | undefined;
}

/** Takes a request apart. @throws StatusError 400 or 404. */
export function parseCall(
  request: ApiRequest,
  path: string,
  query: URLSearchParams,
  store: ObjectStore,
  logs?: PodLogs,
): Call {
  return { request, route: parseRoute(path), query, dryRun: isDryRun(query), store, logs };
}

/** The object that a call is about. @throws StatusError 404. */
export function findObject({ route: { kind, namespace = '' }, store }: Call, name: string): KubeObject {
  const object = store.get(kind.resource, namespace, name);
  if (object === undefined) throw notFound(kind.resource, name);
  return object;
}

/** Answers an object in the form that the call asks for. */
export function objectResponse(
  { request, route, query }: Call,
  status: number,
  object: KubeObject,
): ApiResponse {
  const representation = negotiate(request.headers['accept'], query);
  return jsonResponse(status, renderObject(route.kind, object, representation, Date.now()));
}

/** Answers a list in the form that the call asks for. */
export function listResponse(
  { request, route, query }: Call,
  items: readonly KubeObject[],
  version: number,
): ApiResponse {
  const representation = negotiate(request.headers['accept'], query);
  return jsonResponse(200, renderList(route.kind, items, version, representation, Date.now()));
}

/** The JSON of a body; undefined if it is empty. @throws StatusError 400 or 415. */
export function bodyOf({ headers, body }: ApiRequest): unknown {
  const type = mediaType(headers['content-type']) ?? 'application/json';
  if (body.length > 0 && type !== 'application/json') throw unsupportedType(type, 'application/json');
  return parseJson(body);
}

/** The JSON of a merge patch. @throws StatusError 400, or 415 for a patch of another type. */
export function patchOf({ headers, body }: ApiRequest): unknown {
  const type = mediaType(headers['content-type']) ?? 'no type';
  if (type === mergePatchType) return parseJson(body);
  throw unsupportedType(type, `${mergePatchType} (kubectl patch --type=merge)`);
}

/** Whether a query's switch is on: `watch`, `watch=1`, `watch=true`. */
export function isOn(value: string | null): boolean {
  return value !== null && value !== '0' && value !== 'false';
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
  const unknown = values.find((value) => value !== 'All');
  if (unknown === undefined) return values.length > 0;
  throw badRequest(`Unsupported value: ${JSON.stringify(unknown)}: supported values: "All" (dryRun)`);
}
