// What a PUT or PATCH makes of a stored object: the change it asks for, and who manages what then.
import type { KubeObject } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { bodyOf, type Call, fieldCheck, unsupportedType } from './call.ts';
import { decodeObject, parseJson } from './decode.ts';
import { isJsonObject } from './json.ts';
import { trackUpdate } from './managed-fields.ts';
import { jsonPatch } from './patch/json-patch.ts';
import { mergePatch } from './patch/merge-patch.ts';
import { strategicMergePatch } from './patch/strategic-merge-patch.ts';
import { Problems } from './problems.ts';
import { badRequest } from './request.ts';
import { readScale } from './scale.ts';
import { scaleType, typeOfKind } from './schema/field-type.ts';
import { type Change, changedObject, scaledObject } from './write.ts';
import { managedFieldsOf, mediaType } from './write-options.ts';

/** The types of patches, as Kubernetes lists them. */
export const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
  'application/strategic-merge-patch+json',
] as const;

/** Replaces an object, or a part of it, by what a PUT brings. @throws StatusError 400 or 415. */
export function replacement(call: Call): Change {
  const { kind, subresource } = call.route;
  const json = bodyOf(call.request);
  if (subresource === 'scale') return tracked(call, json, (previous) => scaledObject(previous, json, kind));
  const given = decodeObject(json, kind, fieldCheck(call));
  return tracked(call, json, (previous) => changedObject(given, previous, kind, subresource));
}

/** Patches an object, or a part of it, as a PATCH says. @throws StatusError 400 or 415. */
export function patched(call: Call): Change {
  const { kind, subresource } = call.route;
  const transform = transformOf(call);
  if (subresource === 'scale')
    return (previous) => track(call, previous, scaledObject(previous, transform(readScale(previous)), kind));
  return (previous) => {
    const json = transform(previous);
    const object = changedObject(decodePatched(json, call), previous, kind, subresource);
    return track(call, previous, object, managedFieldsOf(json));
  };
}

/** What a patch does to JSON. */
function transformOf({ request, route: { kind, subresource } }: Call): (target: KubeObject) => unknown {
  const patch = parseJson(request.body);
  switch (mediaType(request)) {
    case 'application/json-patch+json':
      return (target) => jsonPatch(target, patch);
    case 'application/merge-patch+json':
      if (!isJsonObject(patch)) throw badRequest('a merge patch must be a JSON object');
      return (target) => mergePatch(target, patch);
    case 'application/strategic-merge-patch+json':
      return (target) =>
        strategicMergePatch(target, patch, subresource === 'scale' ? scaleType : typeOfKind(kind.kind));
    case undefined:
    default:
      throw unsupportedType(patchTypes);
  }
}

/** The object that a patch makes; what is wrong with it is the patch's fault. */
function decodePatched(json: unknown, call: Call) {
  const { kind } = call.route;
  try {
    return decodeObject(json, kind, fieldCheck(call));
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const problems = new Problems();
    problems.invalid('patch', JSON.stringify(json), error.message);
    problems.throwIfAny({ kind: '', group: '' }, '');
    throw error;
  }
}

function tracked(call: Call, json: unknown, change: Change): Change {
  return (previous) => track(call, previous, change(previous), managedFieldsOf(json));
}

function track(call: Call, previous: KubeObject, object: KubeObject, claimed?: unknown): KubeObject {
  return trackUpdate(previous, object, call, claimed);
}
