// What the API knows of a kind of objects: its names, its shape, its rules and its columns.
import * as z from 'zod';
import type { KubeMetadata, KubeObject } from '../store/object-store.ts';
import { type ResourceType, resourceTypes } from '../store/resources.ts';
import type { NameRule } from './name-rules.ts';
import type { Problems } from './problems.ts';

/** Parts of an object with an address of their own. */
export type Subresource = 'status' | 'scale' | 'log';

/** A column of a table, as kubectl prints it. */
export interface Column<T = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly description: string;
  /** Only shown by `-o wide`. */
  readonly wide?: boolean;
  /** @param now in ms since 1970, for ages. */
  readonly cell: (object: T, now: number) => string | number;
}

/** A kind of objects. */
export interface Kind extends ResourceType {
  /** Plural name, as in URLs. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly inAll: boolean;
  readonly subresources: readonly Subresource[];
  readonly nameRule: NameRule;
  /** Fields that field selectors may name, beside name and namespace. */
  readonly fields: readonly string[];
  /** An update must say which version it replaces. */
  readonly guardedUpdates: boolean;
  /** Checks types of members, not their values. */
  readonly schema: z.ZodType;
  /** Fills in what Kubernetes fills in. */
  readonly complete: (object: KubeObject) => KubeObject;
  /** Gives an object what only the cluster can give; nobody manages that. */
  readonly assign: (object: KubeObject, previous: KubeObject | undefined) => KubeObject;
  /** What a new object's status is, whatever its maker says. */
  readonly firstStatus?: object;
  readonly validate: (object: KubeObject, problems: Problems) => void;
  readonly validateChange: (object: KubeObject, previous: KubeObject, problems: Problems) => void;
  readonly columns: readonly Column[];
}

/** A kind's own part, with its shape as a type. */
export interface KindDefinition<T> {
  readonly resource: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly namespaced?: boolean;
  readonly inAll?: boolean;
  readonly subresources?: readonly Subresource[];
  readonly nameRule: NameRule;
  readonly fields?: readonly string[];
  readonly guardedUpdates?: boolean;
  readonly schema: z.ZodType<T>;
  readonly complete?: (object: T & Named) => T & Named;
  readonly assign?: (object: T & Named, previous: (T & Named) | undefined) => T & Named;
  readonly firstStatus?: object;
  readonly validate?: (object: T & Named, problems: Problems) => void;
  readonly validateChange?: (object: T & Named, previous: T & Named, problems: Problems) => void;
  readonly columns: readonly Column<T & Named>[];
}

/** Every object's part. */
export interface Named {
  readonly metadata: KubeMetadata;
}

/** Makes a kind of its definition. */
export function defineKind<T>(definition: KindDefinition<T>): Kind {
  const type = resourceTypes[definition.resource];
  if (type === undefined) throw new Error(`no resource type ${definition.resource}`);
  // The only place where stored objects get their kind's type: all were checked against its schema when they came in.
  const typed = (object: KubeObject) => object as unknown as T & Named;
  const { complete, assign, validate, validateChange } = definition;
  return {
    shortNames: [],
    namespaced: true,
    inAll: false,
    subresources: [],
    fields: [],
    guardedUpdates: false,
    ...definition,
    ...type,
    complete: (object) =>
      complete === undefined ? object : (complete(typed(object)) as unknown as KubeObject),
    assign: (object, previous) => {
      if (assign === undefined) return object;
      const before = previous === undefined ? undefined : typed(previous);
      return assign(typed(object), before) as unknown as KubeObject;
    },
    validate: (object, problems) => validate?.(typed(object), problems),
    validateChange: (object, previous, problems) =>
      validateChange?.(typed(object), typed(previous), problems),
    columns: definition.columns.map((column) => ({
      ...column,
      cell: (object, now) => column.cell(typed(object), now),
    })),
  };
}

/** Members of any kind of JSON: nothing is said about them. */
export const anyObject = z.looseObject({});
/** Text by name, as in labels. */
export const textByName = z.record(z.string(), z.string());
/** Port numbers or names of ports. */
export const numberOrName = z.union([z.int(), z.string()]);
