// Merges what somebody applies into an object: fields that they don't name stay.
import { isJsonObject } from '../json.ts';
import {
  anyType,
  type FieldType,
  type ListType,
  type MapType,
  memberType,
  type StructType,
} from '../schema/field-type.ts';
import { isLeaf } from './field-set-of.ts';
import { itemElement, type PathElement } from './path-element.ts';

/** The object with the applied one merged in; neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, type: FieldType): unknown {
  if (applied === undefined) return live;
  if (live === undefined || isLeaf(type)) return applied;
  if (type.form === 'list' && Array.isArray(live) && Array.isArray(applied))
    return mergeItems(live, applied, type);
  const isObject = type.form === 'struct' || type.form === 'map';
  if (isObject && isJsonObject(live) && isJsonObject(applied)) return mergeMembers(live, applied, type);
  return applied;
}

function mergeMembers(
  live: Readonly<Record<string, unknown>>,
  applied: Readonly<Record<string, unknown>>,
  type: StructType | MapType,
): unknown {
  const merged = new Map(Object.entries(live));
  for (const [name, value] of Object.entries(applied)) {
    merged.set(name, mergeApplied(merged.get(name), value, memberType(type, name) ?? anyType));
  }
  return Object.fromEntries(merged);
}

/** The order is the applied one; items that it doesn't have stay behind the item that they stood behind. */
function mergeItems(live: readonly unknown[], applied: readonly unknown[], type: ListType): unknown[] {
  const liveElements = live.map((item) => itemElement(type, item));
  const wanted = applied.map((item) => itemElement(type, item));
  const shared = wanted.filter((element) => liveElements.includes(element));
  const merged: unknown[] = [];
  const taken = new Set<PathElement | undefined>();
  let [next] = shared;
  for (let index = 0, position = 0; index < live.length || position < applied.length;) {
    const element = liveElements[index];
    const isLive = index < live.length;
    if (isLive && !wanted.includes(element)) merged.push(live[index++]);
    else if (isLive && (taken.has(element) || (element !== next && next !== undefined))) index++;
    else if (position < applied.length) {
      const target = wanted[position];
      merged.push(mergeApplied(live[liveElements.indexOf(target)], applied[position++], type.items));
      taken.add(target);
      if (target === next) next = shared[shared.indexOf(target) + 1];
    } else index++;
  }
  return merged;
}
