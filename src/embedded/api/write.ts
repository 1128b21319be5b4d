// New and changed objects: what a client sends and the stored object become what is to be stored, or a refusal.
import type { KubeObject } from '../store/object-store.ts';
import { conflict, StatusError } from '../store/status-error.ts';
import type { GivenObject } from './decode.ts';
import { isJsonObject } from './json.ts';
import type { Kind } from './kind.ts';
import { changedMetadata, newMetadata, validateMetadata, validateMetadataChange } from './metadata.ts';
import { Problems } from './problems.ts';
import { badRequest } from './request.ts';

/** How a stored object becomes another one. */
export interface Change {
  (previous: KubeObject): KubeObject;
}

/** A new object, complete and valid. @throws StatusError 400 or 422. */
export function newObject(given: GivenObject, kind: Kind, namespace: string): KubeObject {
  checkNamespace(given, kind, namespace);
  const { status: _status, ...rest } = given;
  const object = kind.complete({
    ...(kind.firstStatus === undefined ? given : rest),
    metadata: newMetadata(given.metadata, kind, namespace),
    ...(kind.firstStatus === undefined ? {} : { status: kind.firstStatus }),
  });
  const problems = new Problems();
  validateMetadata(object, kind, problems);
  kind.validate(object, problems);
  problems.throwIfAny(kind, object.metadata.name);
  return object;
}

/** An object as a client wants it, or the part of it that `subresource` names. @throws StatusError 400, 409 or 422. */
export function changedObject(
  given: GivenObject,
  previous: KubeObject,
  kind: Kind,
  subresource: string | undefined,
): KubeObject {
  checkIdentity(given, previous, kind);
  if (subresource === 'status') return { ...previous, status: given['status'] ?? {} };
  const { status: _status, ...rest } = given;
  const keepsStatus = kind.subresources.includes('status');
  const object = kind.complete({
    ...(keepsStatus ? rest : given),
    metadata: changedMetadata(given.metadata, previous.metadata),
    ...(keepsStatus && previous['status'] !== undefined ? { status: previous['status'] } : {}),
    apiVersion: given.apiVersion,
    kind: given.kind,
  });
  const problems = new Problems();
  validateMetadata(object, kind, problems);
  validateMetadataChange(object, previous, problems);
  kind.validate(object, problems);
  // What stands in the store may lack defaults, where a controller wrote it.
  kind.validateChange(object, kind.complete(previous), problems);
  problems.throwIfAny(kind, object.metadata.name);
  return object;
}

/** An object with the replicas that a Scale wants. @throws StatusError 400, 409 or 422. */
export function scaledObject(previous: KubeObject, scale: unknown, kind: Kind): KubeObject {
  const metadata = isJsonObject(scale) && isJsonObject(scale['metadata']) ? scale['metadata'] : {};
  const spec = isJsonObject(scale) && isJsonObject(scale['spec']) ? scale['spec'] : {};
  checkVersion(metadata['resourceVersion'], previous, kind);
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32',
    );
  }
  const problems = new Problems();
  if (replicas < 0) problems.invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
  problems.throwIfAny({ kind: 'Scale', group: 'autoscaling' }, previous.metadata.name);
  return { ...previous, spec: { ...(previous['spec'] as object), replicas } };
}

function checkIdentity(given: GivenObject, previous: KubeObject, kind: Kind): void {
  const { name = '', uid = '', resourceVersion } = given.metadata;
  const expected = previous.metadata;
  checkName(name, expected.name);
  checkNamespace(given, kind, expected.namespace ?? '');
  if (uid !== '' && uid !== expected.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${expected.uid}`;
    throw conflict(kind.resource, expected.name, why);
  }
  checkVersion(resourceVersion, previous, kind);
}

/** The name in an object is that of the address, if it says one. @throws StatusError 400. */
export function checkName(name: string, expected: string): void {
  if (name === '' || name === expected) return;
  throw badRequest(`the name of the object (${name}) does not match the name on the URL (${expected})`);
}

function checkNamespace(given: GivenObject, kind: Kind, namespace: string): void {
  const said = given.metadata.namespace ?? '';
  if (!kind.namespaced || said === '' || said === namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Optimistic locking: who says which version they have seen must have seen the latest. */
function checkVersion(seen: unknown, previous: KubeObject, kind: Kind): void {
  const { name, resourceVersion } = previous.metadata;
  if (seen === undefined || seen === '') {
    if (!kind.guardedUpdates) return;
    const problems = new Problems();
    problems.invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    problems.throwIfAny(kind, name);
  }
  if (seen === resourceVersion) return;
  if (typeof seen !== 'string')
    throw new StatusError(400, 'BadRequest', 'metadata.resourceVersion must be a string');
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  throw conflict(kind.resource, name, why);
}
