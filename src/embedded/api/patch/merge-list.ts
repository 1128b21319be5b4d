// Merges a list of a strategic merge patch into the one that is there: scalars by value, objects by their merge key.
import { isJsonObject, type JsonObject } from '../json.ts';
import { badRequest } from '../request.ts';
import type { FieldType } from '../schema/field-type.ts';
import { inOrder } from './list-order.ts';
import { plain } from './plain.ts';

/** Merges one object of a list. */
export interface MergeItem {
  (target: JsonObject, patch: JsonObject, type: FieldType): JsonObject;
}

/** The merged list. @throws StatusError 400 for items without a key, and unknown directives. */
export function mergeList(
  present: readonly unknown[],
  patch: readonly unknown[],
  type: FieldType,
  merge: MergeItem,
): unknown[] {
  if (type.form !== 'list' || type.mergeKey === undefined) return plain(patch) as unknown[];
  if (![...present, ...patch].some((item) => isJsonObject(item))) {
    const merged = [...new Set([...present, ...patch])];
    return inOrder(merged, patch, present, (item) => item);
  }
  const changes = patch.map((item) => checkedItem(item, type));
  if (changes.some(({ $patch: directive }) => directive === 'replace'))
    return plain(changes.filter(({ $patch: directive }) => directive === undefined)) as unknown[];
  let merged: unknown[] = [...present];
  for (const change of changes) merged = mergeItem(merged, change, type, merge);
  const set = changes.filter(({ $patch: directive }) => directive === undefined);
  return inOrder(merged, set, present, (item) => keyOf(item, type));
}

function mergeItem(
  items: readonly unknown[],
  change: JsonObject,
  type: FieldType & { form: 'list' },
  merge: MergeItem,
): unknown[] {
  const key = keyOf(change, type);
  if (change['$patch'] === 'delete') return items.filter((item) => keyOf(item, type) !== key);
  const index = items.findIndex((item) => keyOf(item, type) === key);
  const found = items[index];
  if (index < 0 || !isJsonObject(found)) return [...items, plain(change)];
  return items.with(index, merge(found, change, type.items));
}

/** An item of a patch: an object with the list's key, or the directive to replace the whole list. */
function checkedItem(item: unknown, type: FieldType & { form: 'list' }): JsonObject {
  if (!isJsonObject(item)) throw badRequest('invalid patch: a list of objects has an item that is none');
  const { $patch: directive } = item;
  if (directive !== undefined && directive !== 'delete' && directive !== 'replace')
    throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
  if (directive !== 'replace' && keyOf(item, type) === undefined)
    throw badRequest(
      `map: ${JSON.stringify(item)} does not contain declared merge key: ${type.mergeKey ?? ''}`,
    );
  return item;
}

/** What a list's items are merged by. */
export function keyOf(item: unknown, type: FieldType & { form: 'list' }): unknown {
  if (type.mergeKey === undefined || type.mergeKey === '') return item;
  return isJsonObject(item) ? item[type.mergeKey] : undefined;
}
