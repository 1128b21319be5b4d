// Takes fields out of an object.
import { isJsonObject } from '../json.ts';
import {
  anyType,
  type FieldType,
  type ListType,
  type MapType,
  memberType,
  type StructType,
} from '../schema/field-type.ts';
import type { FieldSet } from './field-set.ts';
import { isLeaf } from './field-set-of.ts';
import { fieldElement, itemElement } from './path-element.ts';

/** The object without the fields of a set; what becomes empty by that stays, empty. */
export function removeItems(value: unknown, type: FieldType, fields: FieldSet): unknown {
  if (isLeaf(type)) return value;
  if (type.form === 'list') return Array.isArray(value) ? removeFromList(value, type, fields) : value;
  if (type.form === 'scalar' || !isJsonObject(value)) return value;
  return removeFromMembers(value, type, fields);
}

function removeFromList(items: readonly unknown[], type: ListType, fields: FieldSet): unknown[] {
  return items.flatMap((item) => {
    const element = itemElement(type, item) ?? '';
    return fields.has(element) ? [] : [removeItems(item, type.items, fields.below(element))];
  });
}

function removeFromMembers(
  members: Readonly<Record<string, unknown>>,
  type: StructType | MapType,
  fields: FieldSet,
): unknown {
  const kept = Object.entries(members).filter(([name]) => !fields.has(fieldElement(name)));
  const cleared = kept.map(([name, member]) => {
    const below = fields.below(fieldElement(name));
    return [
      name,
      below.isEmpty ? member : removeItems(member, memberType(type, name) ?? anyType, below),
    ] as const;
  });
  return Object.fromEntries(cleared);
}
