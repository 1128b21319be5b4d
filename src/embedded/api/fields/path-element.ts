// Elements of the paths of managedFields: `f:` a field, `k:` an item of a list by its keys, `v:` an item of a set.
import { type JsonObject, isJsonObject } from '../json.ts';
import type { ListType } from '../schema/field-type.ts';

/** One step of a path, as FieldsV1 writes it: `f:spec`, `k:{"name":"main"}`, `v:"a"`. */
export type PathElement = string;

/** Keys that needn't be given, and what they are then. */
const keyDefaults: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** The element of a field. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The name of the field that an element leads to; undefined for items of lists. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** The element of an item of a set or of a list with keys; undefined for one that has no key at all. */
export function itemElement({ relation, keys }: ListType, item: unknown): PathElement | undefined {
  if (relation === 'set') return `v:${JSON.stringify(item)}`;
  if (!isJsonObject(item)) return undefined;
  const found = keys.toSorted().flatMap((key) => {
    const value = item[key] ?? keyDefaults[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return found.length === 0 ? undefined : `k:${JSON.stringify(Object.fromEntries(found))}`;
}

/** A path as Kubernetes shows it: `.spec.containers[name="main"].image`. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join('');
}

function elementText(element: PathElement): string {
  const content = element.slice(2);
  if (element.startsWith('f:')) return `.${content}`;
  if (element.startsWith('v:')) return `[=${content}]`;
  if (!element.startsWith('k:')) return `[${content}]`;
  const keys = Object.entries(JSON.parse(content) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
