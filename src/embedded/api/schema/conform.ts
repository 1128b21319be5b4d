// Checks JSON against a type: the types of its members, and which of them the type doesn't know.
import { isJsonObject } from '../json.ts';
import { canonicalQuantity, isQuantity } from '../quantity.ts';
import { badRequest } from '../request.ts';
import { type FieldType, memberType, type Scalar, type StructType } from './field-type.ts';

/** JSON without what its type doesn't know. */
export interface Conformed {
  readonly value: unknown;
  /** Paths of what was left out, as `spec.template.spec.containers[0].imagee`. */
  readonly unknown: readonly string[];
}

/** Checks an object of a kind. @throws StatusError 400 for a member of another type, worded as Kubernetes does. */
export function conform(value: unknown, type: StructType): Conformed {
  const unknown: string[] = [];
  return { value: visit(value, type, type.name, '', unknown), unknown };
}

function visit(value: unknown, type: FieldType, owner: string, path: string, unknown: string[]): unknown {
  if (value === null || value === undefined) return value;
  switch (type.form) {
    case 'scalar':
      if (!fits(value, type.scalar)) throw mismatch(value, goTypes[type.scalar], owner, path);
      if (type.scalar !== 'quantity') return value;
      return quantity(typeof value === 'string' ? value : JSON.stringify(value));
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, `[]${typeName(type.items)}`, owner, path);
      return value.map((item, index) => visit(item, type.items, owner, `${path}[${index}]`, unknown));
    case 'map':
    case 'struct':
      if (!isJsonObject(value)) throw mismatch(value, typeName(type), owner, path);
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, member]) => {
          const inside = path === '' ? name : `${path}.${name}`;
          const inner = memberType(type, name);
          if (inner === undefined) unknown.push(inside);
          if (inner === undefined) return [];
          const inOwner = type.form === 'struct' ? type.name : owner;
          const visited = visit(member, inner, inOwner, inside, unknown);
          return isNothing(visited, inner) ? [] : [[name, visited] as const];
        }),
      );
    default:
      return type satisfies never;
  }
}

/** Lists and maps without anything in them are none, as in Kubernetes. */
function isNothing(value: unknown, type: FieldType): boolean {
  if (type.form === 'list') return Array.isArray(value) && value.length === 0;
  return type.form === 'map' && isJsonObject(value) && Object.keys(value).length === 0;
}

function quantity(text: string): string {
  if (isQuantity(text)) return canonicalQuantity(text);
  throw badRequest(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

function fits(value: unknown, scalar: Scalar): boolean {
  switch (scalar) {
    case 'any':
      return true;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
    case 'int64':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value);
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
    case 'string':
    case 'bytes':
    case 'time':
      return typeof value === 'string';
    default:
      return scalar satisfies never;
  }
}

const goTypes: Readonly<Record<Scalar, string>> = {
  any: 'interface {}',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
  'int-or-string': 'intstr.IntOrString',
  quantity: 'resource.Quantity',
  string: 'string',
  bytes: '[]uint8',
  time: 'time.Time',
};

function typeName(type: FieldType): string {
  if (type.form === 'scalar') return goTypes[type.scalar];
  if (type.form === 'list') return `[]${typeName(type.items)}`;
  return type.form === 'map' ? `map[string]${typeName(type.items)}` : `v1.${type.name}`;
}

function mismatch(value: unknown, expected: string, owner: string, path: string): Error {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const field = path.replaceAll(/\[\d+\]/g, '');
  return badRequest(`json: cannot unmarshal ${found} into Go struct field ${owner}.${field} of type ${expected}`);
}
