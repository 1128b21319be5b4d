// Types of fields, read from the table of Kubernetes' types: what a field holds, and how it is merged.
import { kubernetesTypes } from './kubernetes-types.ts';

/** What a scalar holds. */
export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'number'
  | 'time'
  | 'bytes'
  | 'quantity'
  | 'int-or-string'
  | 'any';

/** One value. */
export interface ScalarType {
  readonly form: 'scalar';
  readonly scalar: Scalar;
}

/** A list: replaced as a whole (`atomic`), a set of scalars, or objects known by some of their fields (`map`). */
export interface ListType {
  readonly form: 'list';
  readonly relation: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** By which key strategic merge patches merge it, `''` for scalars; absent: they replace it. */
  readonly mergeKey?: string;
  readonly items: FieldType;
}

/** Any keys, values of one type. */
export interface MapType {
  readonly form: 'map';
  readonly atomic: boolean;
  readonly items: FieldType;
}

/** Known fields. */
export interface StructType {
  readonly form: 'struct';
  readonly name: string;
  readonly atomic: boolean;
  /** Strategic merge patches replace it as a whole. */
  readonly replaced: boolean;
  /** Strategic merge patches are to name all keys that remain. */
  readonly retained: boolean;
  readonly fields: ReadonlyMap<string, FieldType>;
}

/** What a field holds. */
export type FieldType = ScalarType | ListType | MapType | StructType;

/** A value of any form: nothing is known about it, and it is replaced as a whole. */
export const anyType: ScalarType = { form: 'scalar', scalar: 'any' };

/** The type of a Scale, as far as it can be changed. */
export const scaleType: StructType = {
  form: 'struct',
  name: 'Scale',
  atomic: false,
  replaced: false,
  retained: false,
  fields: new Map(),
};

const scalars: readonly Scalar[] = [
  'string',
  'boolean',
  'int32',
  'int64',
  'number',
  'time',
  'bytes',
  'quantity',
  'int-or-string',
  'any',
];

let lines: ReadonlyMap<string, string> | undefined;
const known = new Map<string, StructType>();

/** The type of a kind's objects. */
export function typeOfKind(kind: string): StructType {
  return structType(kind, '');
}

/** The type of a member of a struct or map; undefined where a struct has no such field. */
export function memberType(type: StructType | MapType, name: string): FieldType | undefined {
  return type.form === 'map' ? type.items : type.fields.get(name);
}

/** @param marks `!`, `%` and `~`, as far as they stand before the type's name. */
function structType(name: string, marks: string): StructType {
  const id = `${marks}${name}`;
  const found = known.get(id);
  if (found !== undefined) return found;
  lines ??= new Map(
    kubernetesTypes
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
  const line = lines.get(name);
  if (line === undefined) throw new Error(`no type ${name}`);
  const fields = new Map<string, FieldType>();
  const always = line.startsWith('!');
  const type: StructType = {
    form: 'struct',
    name,
    atomic: always || marks.includes('!'),
    replaced: marks.includes('%'),
    retained: marks.includes('~'),
    fields,
  };
  // Noted before its fields are read: some types contain themselves.
  known.set(id, type);
  for (const field of line.slice(always ? 1 : 0).split(' ')) {
    const colon = field.indexOf(':');
    fields.set(field.slice(0, colon), parseType(field.slice(colon + 1)));
  }
  return type;
}

function parseType(text: string): FieldType {
  const [, marks = '', rest = ''] = /^([!%~]*)(.*)$/.exec(text) ?? [];
  if (rest.startsWith('{}'))
    return { form: 'map', atomic: marks.includes('!'), items: parseType(rest.slice(2)) };
  if (rest.startsWith('[')) return listType(rest);
  const scalar = scalars.find((one) => one === rest);
  return scalar === undefined ? structType(rest, marks) : { form: 'scalar', scalar };
}

function listType(text: string): ListType {
  const [, relation = "", , mergeKey, items = ""] = /^\[([^<\]]*)(<([^>]*)>)?\](.*)$/.exec(text) ?? [];
  const isSet = relation === '=';
  const keys = isSet || relation === '' ? [] : relation.split('+');
  return {
    form: 'list',
    relation: isSet ? 'set' : keys.length === 0 ? 'atomic' : 'map',
    keys,
    ...(mergeKey === undefined ? {} : { mergeKey }),
    items: parseType(items),
  };
}
