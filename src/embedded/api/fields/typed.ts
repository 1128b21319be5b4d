// Checks that what is applied has the form that its type asks for.
import { StatusError } from '../../store/status-error.ts';
import { isJsonObject } from '../json.ts';
import {
  type FieldType,
  type ListType,
  memberType,
  type Scalar,
  type StructType,
} from '../schema/field-type.ts';
import { itemElement, pathText } from './path-element.ts';

/** @throws StatusError 500, as Kubernetes does, that lists every field of a wrong type or none at all. */
export function refuseUntyped(
  config: unknown,
  type: StructType,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): void {
  const problems: string[] = [];
  visit(config, type, '', problems);
  if (problems.length === 0) return;
  const metadata = isJsonObject(config) && isJsonObject(config['metadata']) ? config['metadata'] : {};
  const { namespace = '', name = '' } = metadata;
  const what = `${String(namespace)}/${String(name)}; ${group}/${version}, Kind=${kind}`;
  const list =
    problems.length === 1
      ? ` ${problems.join('')}`
      : `errors:\n${problems.map((line) => `  ${line}`).join('\n')}`;
  throw new StatusError(500, '', `failed to create typed patch object (${what}):${list}`);
}

function visit(value: unknown, type: FieldType, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  if (type.form === 'scalar') {
    const expected = expectation(value, type.scalar);
    if (expected !== undefined) problems.push(`${path}: expected ${expected}, got ${formOf(value)}`);
  } else if (type.form === 'list') visitItems(value, type, path, problems);
  else if (!isJsonObject(value)) problems.push(`${path}: expected map, got ${formOf(value)}`);
  else {
    for (const [name, member] of Object.entries(value)) {
      const inner = memberType(type, name);
      if (inner === undefined) problems.push(`${path}.${name}: field not declared in schema`);
      else visit(member, inner, `${path}.${name}`, problems);
    }
  }
}

function visitItems(value: unknown, type: ListType, path: string, problems: string[]): void {
  if (!Array.isArray(value)) {
    problems.push(`${path}: expected list, got ${formOf(value)}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const element = type.relation === 'atomic' ? undefined : itemElement(type, item);
    if (type.relation !== 'atomic' && element === undefined) {
      const keys = `[${type.keys.map((key) => JSON.stringify(key)).join(' ')}]`;
      problems.push(
        `${path}: element ${index}: associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`,
      );
    } else if (element !== undefined && seen.has(element))
      problems.push(`${path}: duplicate entries for key ${pathText([element])}`);
    if (element !== undefined) seen.add(element);
    visit(item, type.items, `${path}${element === undefined ? `[${index}]` : pathText([element])}`, problems);
  }
}

/** What a scalar should be, if it isn't. */
function expectation(value: unknown, scalar: Scalar): string | undefined {
  switch (scalar) {
    case 'any':
    case 'int-or-string':
    case 'quantity':
      return isJsonObject(value) && scalar !== 'any' ? 'string' : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean';
    case 'int32':
    case 'int64':
    case 'number':
      return typeof value === 'number' ? undefined : 'numeric (int or float)';
    case 'string':
    case 'bytes':
    case 'time':
      return typeof value === 'string' ? undefined : 'string';
    default:
      return scalar satisfies never;
  }
}

/** The form of a value as Kubernetes' messages name it. */
function formOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isJsonObject(value)) return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value;
}
