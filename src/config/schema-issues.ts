// What the schema finds wrong, in sentences; and what is left of the file without it, so that all else is checked, too.
import type * as z from 'zod';
import { didYouMean } from '../core/names.ts';
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import { type ConfigFile, configJsonSchema } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** A value of which any part may be missing. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

/** Tells a schema's issues, with a suggestion for each unknown key; `schema` gives its JSON schema. */
export function reportIssues(
  issues: readonly Issue[],
  value: unknown,
  report: Report,
  schema: () => SchemaNode = configJsonSchema,
): void {
  for (const issue of issues) {
    const path = pathOf(issue);
    const nested = issuesOfMap(issue, valueAt(value, path));
    if (nested !== undefined) reportIssues(nested, value, report, schema);
    else if (issue.code !== 'unrecognized_keys') report(path, sentence(issue.message, valueAt(value, path)));
    else
      for (const key of issue.keys)
        report([...path, key], keyOfRoute(key, path) ?? unknownKey(key, knownKeys(path, schema())));
  }
}

/** Where a map or something shorter is allowed, and a map stands: what is wrong with it as a map. */
function issuesOfMap(issue: Issue, found: unknown): Issue[] | undefined {
  if (issue.code !== 'invalid_union' || !isMap(found)) return undefined;
  const asMap = issue.errors.find((errors) =>
    errors.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return asMap?.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

/** What was expected, and what is there instead. */
function sentence(expected: string, found: unknown): string {
  if (found === undefined) return `is missing; it ${expected}`;
  if (found === null) return `is empty; it ${expected}`;
  return expected.startsWith('must not') ? expected : `${expected}, not ${shown(found)}`;
}

/** The file without what the issues are about. */
export function withoutIssues<T extends object = ConfigFile>(
  value: unknown,
  issues: readonly Issue[],
): Draft<T> {
  const draft: { root: Draft<T> | undefined } = { root: structuredClone(value) as Draft<T> };
  for (const issue of issues) {
    const path = ['root', ...pathOf(issue)];
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) blank(draft, [...path, key]);
    else blank(draft, path);
  }
  return draft.root ?? ({} as Draft<T>);
}

/** Makes what is at a path undefined; an item of a list keeps its place. */
function blank(root: object, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (parent !== null && typeof parent === 'object' && last !== undefined && Object.hasOwn(parent, last)) {
    (parent as Record<string | number, unknown>)[last] = undefined;
  }
}

function pathOf(issue: Issue): (string | number)[] {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => {
    return at !== null && typeof at === 'object' && Object.hasOwn(at, part)
      ? (at as Record<string | number, unknown>)[part]
      : undefined;
  }, value);
}

/** What stands at a component and belongs to one of its routes. */
function keyOfRoute(key: string, path: Path): string | undefined {
  const isComponent = path.length === 2 && path[0] === 'components';
  if (!isComponent || !['priority', 'timeout', 'maxBody'].includes(key)) return undefined;
  return `belongs to a route: routes: [{ rule: …, ${key}: … }]`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `unknown key; ${guess === undefined ? `known are ${known.join(', ')}` : `did you mean "${guess}"?`}`;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** Keys that the schema knows at a path. */
function knownKeys(path: Path, schema: SchemaNode): string[] {
  let nodes: SchemaNode[] = [schema];
  for (const part of path) nodes = nodes.flatMap((node) => childrenOf(node, String(part)));
  const keys = nodes
    .flatMap((node) => [node, ...(node.anyOf ?? [])])
    .flatMap(({ properties = {} }) => Object.keys(properties));
  return keys.filter((key) => key !== '$schema');
}

function childrenOf(node: SchemaNode, key: string): SchemaNode[] {
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties, additionalProperties, items }) => {
    const child = properties?.[key] ?? additionalProperties ?? items;
    return typeof child === 'object' ? [child] : [];
  });
}

function isMap(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A value as it is shown in a message. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  const written = typeof value === 'number' ? `${value}` : JSON.stringify(value);
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
