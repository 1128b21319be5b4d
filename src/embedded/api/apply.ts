// Server-side apply: the fields that somebody wants are theirs, and what they no longer want goes.
import type { KubeObject } from '../store/object-store.ts';
import { conflict, StatusError } from '../store/status-error.ts';
import { type Call, fieldCheck } from './call.ts';
import { decodeObject, type GivenObject } from './decode.ts';
import { decodeManagers } from './fields/managers.ts';
import { afterApply } from './fields/ownership-change.ts';
import { refuseUntyped } from './fields/typed.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { fieldsLastApplied, noteApplied } from './last-applied.ts';
import { withManagers, writeOf } from './managed-fields.ts';
import { badRequest } from './request.ts';
import { typeOfKind } from './schema/field-type.ts';
import { changedObject, checkName, newObject } from './write.ts';
import { managedFieldsOf } from './write-options.ts';

/** What an apply makes of an object, or of nothing. @throws StatusError 400, 409 or 422. */
export interface Application {
  (previous: KubeObject | undefined): KubeObject;
}

/** Reads what is applied. @throws StatusError 400. */
export async function application(call: Call, name: string): Promise<Application> {
  const { kind, subresource } = call.route;
  const config = await readConfig(call);
  return (previous) => {
    const write = writeOf(call, 'Apply');
    refuseUntyped(config, typeOfKind(kind.kind), kind);
    const live = previous === undefined ? undefined : kind.complete(previous);
    const managers = decodeManagers(previous?.metadata.managedFields);
    const { force, manager } = call.options;
    const forced = force ? 'all' : fieldsLastApplied(live, write.type, manager);
    const applied = afterApply(live, config, managers, write, forced);
    const given = decodeObject(applied.object, kind, fieldCheck(call));
    const object =
      previous === undefined
        ? newNamed(given, call, name)
        : changedObject(given, previous, kind, subresource);
    return withManagers(noteApplied(object, config, manager), applied.managers);
  };
}

function newNamed(given: GivenObject, { route: { kind, namespace = '' } }: Call, name: string): KubeObject {
  checkName(given.metadata.name ?? '', name);
  if ((given.metadata.name ?? '') === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  const { uid = '' } = given.metadata;
  if (uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(kind.resource, name, why);
  }
  return newObject(given, kind, namespace);
}

async function readConfig({ request, route: { kind } }: Call): Promise<JsonObject> {
  const json = await parseYaml(request.body.toString());
  if (!isJsonObject(json)) throw badRequest('error decoding YAML: what is applied must be an object');
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const { apiVersion: version = '', kind: kindName = '' } = json;
  if (version !== apiVersion || kindName !== kind.kind) {
    const given = String(version).includes('/') ? String(version) : `/${String(version)}`;
    throw badRequest(`invalid object type: ${given}, Kind=${String(kindName)}`);
  }
  if (managedFieldsOf(json) !== undefined) throw badRequest('metadata.managedFields must be nil');
  return json;
}

/** YAML, which JSON is, too. */
async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StatusError(400, 'BadRequest', `error decoding YAML: ${why}`, {}, cause);
  }
}
