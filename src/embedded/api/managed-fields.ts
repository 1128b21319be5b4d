// Keeps metadata.managedFields of objects true: who wrote which field last.
import type { KubeObject } from '../store/object-store.ts';
import type { Call } from './call.ts';
import { decodeManagers, encodeManagers, type Managers } from './fields/managers.ts';
import { afterUpdate, type Write } from './fields/ownership-change.ts';
import type { Kind } from './kind.ts';
import { isJsonObject } from './json.ts';
import { typeOfKind } from './schema/field-type.ts';

/** A new object with its maker as the manager of all its fields. */
export function trackCreation(object: KubeObject, call: Call): KubeObject {
  const write = writeOf(call, 'Update');
  return withManagers(object, afterUpdate(undefined, object, new Map(), write));
}

/**
 * A changed object with those as its managers who are it after the change. An object without managers gets none: nobody knows
 * whose its other fields are.
 * @param claimed managedFields that the client sends: those count, if there are any; an empty list removes them all.
 */
export function trackUpdate(
  previous: KubeObject,
  object: KubeObject,
  call: Call,
  claimed?: unknown,
): KubeObject {
  const managers = managersBefore(previous, call, claimed);
  if (managers.size === 0) return withManagers(object, managers);
  const { kind } = call.route;
  return withManagers(
    object,
    afterUpdate(kind.complete(previous), object, managers, writeOf(call, 'Update')),
  );
}

/** A write as the bookkeeping of managers needs it. */
export function writeOf({ route, options }: Call, operation: 'Apply' | 'Update'): Write {
  const { kind, subresource } = route;
  return {
    type: typeOfKind(kind.kind),
    writer: {
      manager: options.manager,
      operation,
      apiVersion: apiVersionOf(kind),
      ...(subresource === undefined ? {} : { subresource }),
    },
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    ignored: ignoredBy(kind, subresource),
  };
}

/** The object with its managers in its metadata. */
export function withManagers(object: KubeObject, managers: Managers): KubeObject {
  const { managedFields: _before, ...metadata } = object.metadata;
  const managedFields = encodeManagers(managers);
  return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

function managersBefore(previous: KubeObject, { route }: Call, claimed: unknown): Managers {
  const known = decodeManagers(previous.metadata.managedFields);
  if (route.subresource !== undefined || !Array.isArray(claimed)) return known;
  const [first, second] = claimed as unknown[];
  const isReset =
    first === undefined || (second === undefined && isJsonObject(first) && Object.keys(first).length === 0);
  if (isReset) return new Map();
  const given = decodeManagers(claimed);
  return given.size === 0 ? known : given;
}

/** What a write can't change: the status has its own door, which is narrow. */
function ignoredBy({ subresources }: Kind, subresource: string | undefined): string[] {
  if (subresource === 'status') return ['f:spec'];
  return subresources.includes('status') ? ['f:status'] : [];
}

function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}
