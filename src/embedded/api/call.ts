// A request for objects, taken apart: where it leads, how it asks, and what it brings.
import type { KubeObject, ObjectStore } from '../store/object-store.ts';
import { notFound, StatusError } from '../store/status-error.ts';
import { type FieldCheck, parseJson } from './decode.ts';
import type { Page } from './page.ts';
import type { PodLogs } from './pod-logs.ts';
import { negotiate, renderList, renderObject } from './representation.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from './request.ts';
import { parseRoute, type Route } from './route.ts';
import { mediaType, type WriteOptions, writeOptions } from './write-options.ts';

/** One request for objects. */
export interface Call {
  readonly request: ApiRequest;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly options: WriteOptions;
  /** What the client is to be told beside the answer. */
  readonly warnings: string[];
  readonly store: ObjectStore;
  readonly logs: PodLogs | undefined;
}

/** Takes a request apart. @throws StatusError 400, 404, 422 or 501. */
export function parseCall(
  request: ApiRequest,
  path: string,
  query: URLSearchParams,
  store: ObjectStore,
  logs?: PodLogs,
): Call {
  const route = parseRoute(path);
  return { request, route, query, options: writeOptions(request, query), warnings: [], store, logs };
}

/** The object that a call is about. @throws StatusError 404. */
export function findObject({ route: { kind, namespace = '' }, store }: Call, name: string): KubeObject {
  const object = store.get(kind.resource, namespace, name);
  if (object === undefined) throw notFound(kind.resource, name);
  return object;
}

/** Answers an object in the form that the call asks for. */
export function objectResponse(
  { request, route, query, warnings }: Call,
  status: number,
  object: KubeObject,
): ApiResponse {
  const representation = negotiate(request.headers['accept'], query);
  const response = jsonResponse(status, renderObject(route.kind, object, representation, Date.now()));
  if (warnings.length === 0) return response;
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  return { ...response, headers: { ...response.headers, warning } };
}

/** How the fields of what a call brings are looked at. */
export function fieldCheck({ options, warnings }: Call): FieldCheck {
  return { validation: options.fieldValidation, warn: (text) => void warnings.push(text) };
}

/** Answers a list in the form that the call asks for. */
export function listResponse({ request, route, query }: Call, page: Page): ApiResponse {
  const representation = negotiate(request.headers['accept'], query);
  return jsonResponse(200, renderList(route.kind, page, representation, Date.now()));
}

/** The JSON of a body; undefined if it is empty. @throws StatusError 400 or 415. */
export function bodyOf(request: ApiRequest): unknown {
  const type = mediaType(request) ?? 'application/json';
  if (request.body.length > 0 && type !== 'application/json') throw unsupportedType(['application/json']);
  return parseJson(request.body);
}

/** 415 that names what works. */
export function unsupportedType(supported: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

/** Whether a query's switch is on: `watch`, `watch=1`, `watch=true`. */
export function isOn(value: string | null): boolean {
  return value !== null && value !== '0' && value !== 'false';
}
