// GET: objects, lists, watches and logs.
import { StatusError } from '../store/status-error.ts';
import { type Call, findObject, isOn, listResponse, objectResponse } from './call.ts';
import { readLog } from './log-request.ts';
import { negotiate } from './representation.ts';
import { type ApiResponse, methodNotAllowed } from './request.ts';
import { readScale } from './scale.ts';
import { selectionOf } from './selection.ts';
import { watch } from './watch.ts';

/** Answers a GET of an object, or of a part of it. */
export async function readObject(call: Call, name: string): Promise<ApiResponse> {
  const { request, route, query, logs } = call;
  if (isOn(query.get('watch'))) return watchCollection(call);
  const object = findObject(call, name);
  if (route.subresource === 'log') return readLog(object, logs, query, request.signal);
  return objectResponse(call, 200, route.subresource === 'scale' ? readScale(object) : object);
}

/** Answers a GET of a collection. */
export function readCollection(call: Call): ApiResponse {
  const { route, query, store } = call;
  if (isOn(query.get('watch'))) return watchCollection(call);
  if ((query.get('continue') ?? '') !== '') {
    throw new StatusError(410, 'Expired', 'lists are never cut here: there is nothing to continue');
  }
  const { items, version } = store.list(route.kind.resource, route.namespace);
  return listResponse(call, items.filter(selectionOf(route, query)), version);
}

function watchCollection({ request, route, query, store }: Call): ApiResponse {
  if (route.subresource !== undefined) throw methodNotAllowed();
  return watch(store, route, query, negotiate(request.headers['accept'], query), request.signal);
}
