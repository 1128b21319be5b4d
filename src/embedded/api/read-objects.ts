// GET: objects, lists, watches and logs.
import { type Call, findObject, isOn, listResponse, objectResponse } from './call.ts';
import { readPage } from './list-page.ts';
import { readLog } from './log-request.ts';
import { negotiate } from './representation.ts';
import { type ApiResponse, methodNotAllowed } from './request.ts';
import { readScale } from './scale.ts';
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
  if (isOn(call.query.get('watch'))) return watchCollection(call);
  return listResponse(call, readPage(call));
}

function watchCollection({ request, route, query, store }: Call): ApiResponse {
  if (route.subresource !== undefined) throw methodNotAllowed();
  return watch(store, route, query, negotiate(request.headers['accept'], query), request.signal);
}
