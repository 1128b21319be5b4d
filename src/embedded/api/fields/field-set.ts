// Sets of fields, by their paths: who manages what.
import { isJsonObject } from '../json.ts';
import { fieldName, type PathElement } from './path-element.ts';
import { type FieldType, memberType } from '../schema/field-type.ts';

/**
 * Paths that begin at an object or at a part of it. Nothing follows from a path's being in it for those above or below:
 * `.spec.replicas` may be managed where `.spec` isn't.
 */
export class FieldSet {
  readonly #members = new Set<PathElement>();
  readonly #children = new Map<PathElement, FieldSet>();

  get isEmpty(): boolean {
    return this.#members.size === 0 && [...this.#children.values()].every((child) => child.isEmpty);
  }

  /** Adds a path. The empty one, the object itself, is never managed. */
  insert([element, ...rest]: readonly PathElement[]): void {
    if (element === undefined) return;
    if (rest.length === 0) {
      this.#members.add(element);
      return;
    }
    const child = this.#children.get(element) ?? new FieldSet();
    this.#children.set(element, child);
    child.insert(rest);
  }

  /** Whether it has the path of one element. */
  has(element: PathElement): boolean {
    return this.#members.has(element);
  }

  /** Whether it has a path. */
  includes([element, ...rest]: readonly PathElement[]): boolean {
    if (element === undefined) return false;
    return rest.length === 0 ? this.has(element) : this.below(element).includes(rest);
  }

  /** What it has below an element. */
  below(element: PathElement): FieldSet {
    return this.#children.get(element) ?? new FieldSet();
  }

  /** What either has. */
  union(other: FieldSet): FieldSet {
    const both = new FieldSet();
    for (const element of [...this.#members, ...other.#members]) both.#members.add(element);
    for (const element of [...this.#children.keys(), ...other.#children.keys()])
      both.#adopt(element, this.below(element).union(other.below(element)));
    return both;
  }

  /** What both have. */
  intersection(other: FieldSet): FieldSet {
    const common = new FieldSet();
    for (const element of this.#members) if (other.has(element)) common.#members.add(element);
    for (const [element, child] of this.#children)
      common.#adopt(element, child.intersection(other.below(element)));
    return common;
  }

  /** What only this one has. */
  difference(other: FieldSet): FieldSet {
    const rest = new FieldSet();
    for (const element of this.#members) if (!other.has(element)) rest.#members.add(element);
    for (const [element, child] of this.#children)
      rest.#adopt(element, child.difference(other.below(element)));
    return rest;
  }

  /** Without some elements and all that is below them. */
  without(elements: readonly PathElement[]): FieldSet {
    const rest = new FieldSet();
    for (const element of this.#members) if (!elements.includes(element)) rest.#members.add(element);
    for (const [element, child] of this.#children)
      if (!elements.includes(element)) rest.#adopt(element, child);
    return rest;
  }

  /** With the fields of structs that lead to something in it: who manages `.spec.replicas` keeps `.spec` alive. */
  withNamedFields(type: FieldType): FieldSet {
    const named = new FieldSet();
    for (const element of this.#members) named.#members.add(element);
    for (const [element, child] of this.#children) {
      const name = fieldName(element);
      const isField = name !== undefined && type.form === 'struct' && type.fields.has(name);
      if (isField && !child.isEmpty) named.#members.add(element);
      const below = typeBelow(type, name);
      named.#adopt(element, below === undefined ? child : child.withNamedFields(below));
    }
    return named;
  }

  /** All paths, sorted. */
  paths(): PathElement[][] {
    const elements = new Set([...this.#members, ...this.#children.keys()]);
    return [...elements].toSorted().flatMap((element) => [
      ...(this.has(element) ? [[element]] : []),
      ...this.below(element)
        .paths()
        .map((path) => [element, ...path]),
    ]);
  }

  /** As managedFields hold it. */
  toFieldsV1(): Record<string, object> {
    const elements = new Set([...this.#members, ...this.#children.keys()]);
    const entries = [...elements].toSorted().map((element) => {
      const below = this.below(element);
      const self = this.has(element) && !below.isEmpty ? { '.': {} } : {};
      return [element, { ...self, ...below.toFieldsV1() }] as const;
    });
    return Object.fromEntries(entries);
  }

  /** From what managedFields hold. */
  static fromFieldsV1(json: unknown): FieldSet {
    const set = new FieldSet();
    for (const [element, below] of Object.entries(isJsonObject(json) ? json : {})) {
      if (element === '.') continue;
      const content = isJsonObject(below) ? below : {};
      const isLeaf = Object.keys(content).length === 0;
      if (isLeaf || Object.hasOwn(content, '.')) set.#members.add(element);
      set.#adopt(element, FieldSet.fromFieldsV1(content));
    }
    return set;
  }

  #adopt(element: PathElement, child: FieldSet): void {
    if (!child.isEmpty) this.#children.set(element, child);
  }
}

function typeBelow(type: FieldType, name: string | undefined): FieldType | undefined {
  if (type.form === 'list') return type.items;
  if (type.form === 'scalar' || name === undefined) return undefined;
  return memberType(type, name);
}
