// Strategic merge patch: a merge patch that knows which lists are merged by key, with directives for what that can't say.
import { isJsonObject, type JsonObject } from '../json.ts';
import { badRequest } from '../request.ts';
import { anyType, type FieldType, type ListType, memberType, type StructType } from '../schema/field-type.ts';
import { keyOf, mergeList } from './merge-list.ts';
import { plain } from './plain.ts';
import { inOrder, type Identity } from './list-order.ts';

const orderPrefix = '$setElementOrder/';
const deletionPrefix = '$deleteFromPrimitiveList/';

/** The target with the patch applied; neither is changed. @throws StatusError 400 for directives that make no sense. */
export function strategicMergePatch(target: unknown, patch: unknown, type: StructType): unknown {
  if (!isJsonObject(patch)) throw badRequest('a strategic merge patch must be a JSON object');
  return mergeObject(isJsonObject(target) ? target : {}, patch, type);
}

/** Merges a patch of an object, with its directives. */
function mergeObject(target: JsonObject, patch: JsonObject, type: FieldType): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === 'replace') return plain(changes) as JsonObject;
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
  const result = new Map(Object.entries(retained === undefined ? target : retain(target, retained, changes)));
  const lists = new Set<string>();
  for (const [name, order] of Object.entries(changes)) {
    if (!name.startsWith(orderPrefix)) continue;
    const field = name.slice(orderPrefix.length);
    lists.add(field);
    const merged = orderedList(result.get(field), changes[field], order, fieldType(type, field));
    if (merged !== undefined) result.set(field, merged);
  }
  for (const [name, change] of Object.entries(changes)) {
    if (name.startsWith(orderPrefix) || lists.has(name)) continue;
    if (name.startsWith(deletionPrefix)) deleteItems(result, name.slice(deletionPrefix.length), change);
    else mergeMember(result, name, change, fieldType(type, name));
  }
  return Object.fromEntries(result);
}

function mergeMember(result: Map<string, unknown>, name: string, change: unknown, type: FieldType): void {
  const present = result.get(name);
  if (change === null) result.delete(name);
  else if (isJsonObject(change) && isJsonObject(present) && !isReplaced(type))
    result.set(name, mergeObject(present, change, type));
  else if (Array.isArray(change) && Array.isArray(present) && isMerged(type))
    result.set(name, mergeList(present, change, type, mergeObject));
  else if (isJsonObject(change) && change['$patch'] !== undefined) result.delete(name);
  else result.set(name, plain(change));
}

/** Keeps only the members that a directive lists, which must be all that the patch sets. */
function retain(target: JsonObject, retained: unknown, changes: JsonObject): JsonObject {
  const names: unknown[] = Array.isArray(retained) ? retained : [];
  const set = Object.entries(changes).filter(([name, change]) => change !== null && !name.startsWith('$'));
  if (!Array.isArray(retained) || set.some(([name]) => !names.includes(name)))
    throw badRequest('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
}

function orderedList(
  present: unknown,
  change: unknown,
  order: unknown,
  type: FieldType,
): unknown[] | undefined {
  if (!Array.isArray(order) || (change !== undefined && !Array.isArray(change)))
    throw badRequest('invalid patch format of setElementOrder list');
  const list: unknown[] = Array.isArray(present) ? present : [];
  if (change === undefined && !Array.isArray(present)) return undefined;
  const merged = mergeList(list, (change ?? []) as unknown[], type, mergeObject);
  const key: Identity = isMerged(type) ? (item) => keyOf(item, type) : (item) => item;
  return inOrder(merged, order, list, key);
}

function deleteItems(result: Map<string, unknown>, name: string, items: unknown): void {
  const present = result.get(name);
  if (!Array.isArray(items)) throw badRequest('invalid patch format of primitive list');
  if (Array.isArray(present))
    result.set(
      name,
      present.filter((item) => !items.includes(item)),
    );
}

function fieldType(type: FieldType, name: string): FieldType {
  if (type.form !== 'struct' && type.form !== 'map') return anyType;
  return memberType(type, name) ?? anyType;
}

function isReplaced(type: FieldType): boolean {
  return type.form === 'struct' && type.replaced;
}

function isMerged(type: FieldType): type is ListType & { readonly mergeKey: string } {
  return type.form === 'list' && type.mergeKey !== undefined;
}
