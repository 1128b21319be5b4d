// Which fields differ between two versions of an object.
import { isDeepStrictEqual } from 'node:util';
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
import { isLeaf } from './field-set-of.ts';
import { fieldElement, itemElement, type PathElement } from './path-element.ts';

/** No field is in more than one of them. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

/** Compares two objects of a type. */
export function compare(before: unknown, after: unknown, type: FieldType): Comparison {
  const comparison = { removed: new FieldSet(), modified: new FieldSet(), added: new FieldSet() };
  visit(before, after, type, [], comparison);
  return comparison;
}

type Path = readonly PathElement[];

function visit(before: unknown, after: unknown, type: FieldType, path: Path, found: Comparison): void {
  if (before === after) return;
  const bothEmpty = isEmpty(before) && isEmpty(after);
  if (isLeaf(type) || bothEmpty) {
    visitLeaf(before, after, path, found);
    return;
  }
  if (type.form === 'list') visitItems(listOf(before), listOf(after), type, path, found);
  else if (type.form !== 'scalar') visitMembers(before, after, type, path, found);
  if (before === undefined) found.added.insert(path);
  else if (after === undefined) found.removed.insert(path);
}

function visitLeaf(
  before: unknown,
  after: unknown,
  path: Path,
  { added, removed, modified }: Comparison,
): void {
  if (before === undefined) added.insert(path);
  else if (after === undefined) removed.insert(path);
  else if (!isDeepStrictEqual(before, after)) modified.insert(path);
}

function visitMembers(
  before: unknown,
  after: unknown,
  type: StructType | MapType,
  path: Path,
  found: Comparison,
): void {
  const old = isJsonObject(before) ? before : {};
  const now = isJsonObject(after) ? after : {};
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    visit(old[name], now[name], memberType(type, name) ?? anyType, [...path, fieldElement(name)], found);
  }
}

function visitItems(
  before: readonly unknown[],
  after: readonly unknown[],
  type: ListType,
  path: Path,
  found: Comparison,
): void {
  const old = byElement(before, type);
  const now = byElement(after, type);
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const [first, ...twins] = old.get(element) ?? [];
    const [next, ...nextTwins] = now.get(element) ?? [];
    const inside = [...path, element];
    if (twins.length === 0 && nextTwins.length === 0) visit(first, next, type.items, inside, found);
    // Items with the same keys are one: it changes when any of them does.
    else visitLeaf(old.get(element), now.get(element), inside, found);
  }
}

function byElement(items: readonly unknown[], type: ListType): Map<PathElement, unknown[]> {
  const found = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = itemElement(type, item);
    if (element !== undefined) found.set(element, [...(found.get(element) ?? []), item]);
  }
  return found;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return !isJsonObject(value) || Object.keys(value).length === 0;
}
