// The fields that an object has: what its applier manages.
import { isJsonObject } from '../json.ts';
import {
  anyType,
  type FieldType,
  type ListType,
  type MapType,
  memberType,
  type StructType,
} from '../schema/field-type.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

/** All fields of an object of a type. */
export function fieldSetOf(value: unknown, type: FieldType): FieldSet {
  const set = new FieldSet();
  collect(value, type, [], set);
  return set;
}

/** Whether a value is taken as a whole, whatever is in it. */
export function isLeaf(type: FieldType): boolean {
  if (type.form === 'list') return type.relation === 'atomic';
  return type.form === 'scalar' || type.atomic;
}

function collect(value: unknown, type: FieldType, path: readonly PathElement[], set: FieldSet): void {
  if (isLeaf(type)) set.insert(path);
  else if (type.form === 'list' && Array.isArray(value)) collectItems(value, type, path, set);
  else if ((type.form === 'map' || type.form === 'struct') && isJsonObject(value))
    collectMembers(value, type, path, set);
}

function collectItems(
  items: readonly unknown[],
  type: ListType,
  path: readonly PathElement[],
  set: FieldSet,
): void {
  const elements = items.map((item) => itemElement(type, item));
  for (const [index, item] of items.entries()) {
    const element = elements[index];
    if (element === undefined) continue;
    const inside = [...path, element];
    // Of items with the same keys nobody knows which is meant: they are managed together.
    if (elements.indexOf(element) === elements.lastIndexOf(element)) collect(item, type.items, inside, set);
    set.insert(inside);
  }
}

function collectMembers(
  members: Readonly<Record<string, unknown>>,
  type: StructType | MapType,
  path: readonly PathElement[],
  set: FieldSet,
): void {
  for (const [name, value] of Object.entries(members)) {
    const inside = [...path, fieldElement(name)];
    collect(value, memberType(type, name) ?? anyType, inside, set);
    const isEmpty = value === null || (isJsonObject(value) && Object.keys(value).length === 0);
    if (isEmpty || type.form === 'map') set.insert(inside);
  }
}
