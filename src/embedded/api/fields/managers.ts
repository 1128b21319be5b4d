// Who manages which fields of an object, as its metadata.managedFields say.
import { isJsonObject } from '../json.ts';
import { FieldSet } from './field-set.ts';

/** Somebody who writes an object in one way. */
export interface Writer {
  readonly manager: string;
  /** `Apply`: by server-side apply. */
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** The part of the object that is written. */
  readonly subresource?: string;
}

/** What a writer manages. */
export interface Managed extends Writer {
  readonly fields: FieldSet;
  /** When it changed last, RFC 3339. */
  readonly time?: string;
}

/** All who manage something, by {@link writerId}. */
export type Managers = ReadonlyMap<string, Managed>;

/** Tells writers apart; who applies is the same in all versions of a kind. */
export function writerId({ manager, operation, apiVersion, subresource }: Writer): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource ?? '']);
}

/** The managers of an object; none where managedFields make no sense. */
export function decodeManagers(managedFields: unknown): Managers {
  const managers = new Map<string, Managed>();
  for (const entry of Array.isArray(managedFields) ? (managedFields as unknown[]) : []) {
    const managed = decodeManaged(entry);
    if (managed === undefined) return new Map();
    managers.set(writerId(managed), managed);
  }
  return managers;
}

function decodeManaged(entry: unknown): Managed | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { manager = '', operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (typeof apiVersion !== 'string' || typeof manager !== 'string' || fieldsType !== 'FieldsV1')
    return undefined;
  return {
    manager,
    operation,
    apiVersion,
    ...(typeof subresource === 'string' && subresource !== '' ? { subresource } : {}),
    ...(typeof time === 'string' ? { time } : {}),
    fields: FieldSet.fromFieldsV1(fieldsV1),
  };
}

/** As metadata.managedFields; undefined if there are none. */
export function encodeManagers(managers: Managers): object[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].toSorted(byTime).map(({ fields, subresource, time, ...writer }) => ({
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: writer.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields.toFieldsV1(),
    ...(subresource === undefined ? {} : { subresource }),
  }));
}

/** Appliers first, then who wrote first. */
function byTime(a: Managed, b: Managed): number {
  const keys = ({ operation, time = '', manager, apiVersion, subresource = '' }: Managed) =>
    [operation, time, manager, apiVersion, subresource] as const;
  const others = keys(b);
  for (const [index, key] of keys(a).entries()) {
    const other = others[index] ?? '';
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}
