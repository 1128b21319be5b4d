// Which objects of a collection a request means: by namespace, labels and fields.
import type { KubeObject } from '../store/object-store.ts';
import { badRequest } from './request.ts';
import type { Route } from './route.ts';
import { fieldText, matchesLabels, parseFieldSelector, parseLabelSelector } from './selectors.ts';

/** Whether a request means an object. */
export interface Selection {
  (object: KubeObject): boolean;
}

/** The selection of a route and its query. @throws StatusError 400. */
export function selectionOf({ kind, namespace, name }: Route, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fieldSelector = query.get('fieldSelector') ?? '';
  const fields = parseFieldSelector(fieldSelector);
  const known = ['metadata.name', 'metadata.namespace', ...kind.fields];
  for (const { field } of fields) {
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
  }
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    matchesLabels(labels, object.metadata.labels) &&
    fields.every(({ field, equal, value }) => (fieldText(object, field) === value) === equal);
}
