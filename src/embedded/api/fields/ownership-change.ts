// What a write does to who manages what: by an update, or by an apply, which may conflict with others.
import { isDeepStrictEqual } from 'node:util';
import type { StructType } from '../schema/field-type.ts';
import { compare, type Comparison } from './compare.ts';
import { type Conflict, conflictError } from './conflict.ts';
import { FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { type Managed, type Managers, type Writer, writerId } from './managers.ts';
import { mergeApplied } from './merge.ts';
import type { PathElement } from './path-element.ts';
import { removeItems } from './remove-items.ts';

/** A write: of what, by whom, when. */
export interface Write {
  readonly type: StructType;
  readonly writer: Writer;
  /** RFC 3339. */
  readonly time: string;
  /** Top fields that this write doesn't change, whatever it says: `f:status`, or all but it. */
  readonly ignored: readonly PathElement[];
}

/** Never managed: they are the server's, or name the object. */
const unmanaged = ['apiVersion', 'kind'].map((name) => [`f:${name}`]);
const unmanagedMetadata = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
].map((name) => ['f:metadata', `f:${name}`]);
const never = new FieldSet();
for (const path of [...unmanaged, ['f:metadata'], ...unmanagedMetadata]) never.insert(path);

/** What is always there isn't managed either, only what is in it. */
const nothing = {
  metadata: {},
  spec: { strategy: {}, template: { metadata: {}, spec: { containers: [] } } },
  status: {},
};

const maxUpdaters = 10;
const oldUpdates = 'ancient-changes';
const beforeApply = 'before-first-apply';

/** Who manages what after an update of an object (absent: a new one). */
export function afterUpdate(
  live: object | undefined,
  object: object,
  managers: Managers,
  write: Write,
): Managers {
  const changes = without(compare(live ?? nothing, object, write.type), write.ignored);
  const id = writerId(write.writer);
  const others = give(managers, changes, undefined);
  const gained = changes.modified.union(changes.added).difference(never);
  if (gained.isEmpty) return others;
  const had = others.get(id)?.fields ?? new FieldSet();
  const managed = { ...write.writer, time: write.time, fields: had.union(gained) };
  return capped(new Map([...others, [id, managed]]));
}

/** What an apply makes of an object, and who manages what then. */
export interface Applied {
  readonly object: unknown;
  readonly managers: Managers;
}

/**
 * Applies a configuration to an object (absent: to none). What its applier applied last time and doesn't any more goes, unless others manage it.
 * @param forced fields to take from those who conflict; `all` of them.
 * @throws StatusError 409 naming each field that others manage with another value.
 */
export function afterApply(
  live: object | undefined,
  config: object,
  known: Managers,
  write: Write,
  forced: FieldSet | 'all',
): Applied {
  const { type, writer, ignored } = write;
  const before = live ?? { metadata: {} };
  const managers = live !== undefined && known.size === 0 ? firstApply(before, write) : known;
  const id = writerId(writer);
  const last = managers.get(id);
  const fields = fieldSetOf(config, type).without(ignored);
  const applied: Managed = { ...writer, time: write.time, fields };
  const claimed = new Map([...managers, [id, applied]]);
  const merged = mergeApplied(before, config, type);
  const object = last === undefined ? merged : prune(merged, claimed, last.fields, type);
  const changes = without(compare(before, object, type), ignored);
  if (forced !== 'all') refuseConflicts(claimed, id, changes, forced);
  const others = give(claimed, changes, id);
  const own = fields.difference(never);
  const same = last !== undefined && isDeepStrictEqual(object, before) && isSame(own, last.fields);
  const entry: Managed = same ? last : { ...applied, fields: own };
  const result = new Map([...others].filter(([other]) => other !== id));
  return { object, managers: own.isEmpty ? result : result.set(id, entry) };
}

/** What was there before anybody applied something is somebody's, too. */
function firstApply(live: object, { type, writer, time, ignored }: Write): Managers {
  const { modified, added } = without(compare(nothing, live, type), ignored);
  const fields = modified.union(added).difference(never);
  const entry = { ...writer, manager: beforeApply, operation: 'Update', time, fields } as const;
  return new Map([[writerId(entry), entry]]);
}

/** Takes what somebody applied before and doesn't now, unless somebody else manages it. */
function prune(merged: unknown, managers: Managers, last: FieldSet, type: StructType): unknown {
  const named = (set: FieldSet) => set.withNamedFields(type);
  const all = [...managers.values()].reduce((sum, { fields }) => sum.union(fields), new FieldSet());
  const mergedSet = named(fieldSetOf(merged, type));
  const withoutLast = removeItems(merged, type, named(last));
  const kept = named(fieldSetOf(withoutLast, type)).union(named(all));
  const withOwned = removeItems(merged, type, mergedSet.difference(kept));
  const lost = mergedSet.difference(named(fieldSetOf(withOwned, type))).intersection(named(last));
  return removeItems(merged, type, lost);
}

/** Takes what changed from all who managed it, but from `self` only what is gone. */
function give(managers: Managers, changes: Comparison, self: string | undefined): Map<string, Managed> {
  const { removed, modified, added } = changes;
  const taken = modified.union(added);
  const left = [...managers].map(([id, managed]) => {
    if (id === self) return [id, managed] as const;
    return [id, { ...managed, fields: managed.fields.difference(taken).difference(removed) }] as const;
  });
  return new Map(left.filter(([id, { fields }]) => id === self || !fields.isEmpty));
}

function refuseConflicts(
  managers: Managers,
  self: string,
  { modified, added }: Comparison,
  forced: FieldSet,
): void {
  const changed = modified.union(added);
  const conflicts = [...managers].flatMap(([id, managed]): Conflict[] =>
    id === self
      ? []
      : managed.fields
          .intersection(changed)
          .paths()
          .filter((path) => !forced.includes(path))
          .map((path) => ({ managed, path })),
  );
  if (conflicts.length > 0) throw conflictError(conflicts);
}

function without({ removed, modified, added }: Comparison, ignored: readonly PathElement[]): Comparison {
  return {
    removed: removed.without(ignored),
    modified: modified.without(ignored),
    added: added.without(ignored),
  };
}

function isSame(a: FieldSet, b: FieldSet): boolean {
  return a.difference(b).isEmpty && b.difference(a).isEmpty;
}

/** The oldest of many who update are one. */
function capped(managers: Managers): Managers {
  const updaters = [...managers]
    .filter(([, { operation }]) => operation === 'Update')
    .toSorted(([, a], [, b]) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  const surplus = updaters.slice(0, Math.max(0, updaters.length - maxUpdaters + 1));
  const [first] = surplus;
  if (updaters.length <= maxUpdaters || first === undefined) return managers;
  const fields = surplus.reduce((sum, [, managed]) => sum.union(managed.fields), new FieldSet());
  const { subresource: _subresource, ...rest } = surplus.at(-1)?.[1] ?? first[1];
  const bucket = { ...rest, manager: oldUpdates, fields };
  const kept = [...managers].filter(([id]) => !surplus.some(([other]) => other === id));
  return new Map([...kept, [writerId(bucket), bucket]]);
}
