// The API's OpenAPI descriptions, made of its kinds and their types: what kubectl validates, explains and patches by.
import {
  type ApiResource,
  apiResources,
  apiVersionOf,
  groupVersions,
  resourcesOf,
  type GroupVersion,
} from './api-groups.ts';
import { type ApiResponse, jsonResponse, noSuchPath } from './request.ts';
import { askedOpenApi2Type, encodeOpenApi2, openApi2Type } from './openapi-v2.ts';
import { type FieldType, type Scalar, type StructType, typeOfKind } from './schema/field-type.ts';
import { kinds } from './kinds.ts';

const root = '/openapi/v3';
/** Query parameters by which kubectl decides what it may ask for. */
export const patchParameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'] as const;

const documents = new Map<string, object>();

/** Answers a path below `/openapi`. @throws StatusError 404. */
export function answerOpenApi(path: string, accept: string, version: string): ApiResponse {
  const info = { title: 'fox', version };
  if (path === '/openapi/v2') return openApi2(accept, info);
  if (path === root) return jsonResponse(200, { paths: Object.fromEntries(groupVersions().map(indexEntry)) });
  const found = groupVersions().find((one) => path === `${root}/${placeOf(one)}`);
  if (found === undefined) throw noSuchPath();
  const document = documents.get(path) ?? { openapi: '3.0.0', info, ...describe(found) };
  documents.set(path, document);
  return jsonResponse(200, document);
}

/** Where a group's objects are: `api/v1`, `apis/apps/v1`. */
function placeOf(group: GroupVersion): string {
  return `${group.group === '' ? 'api' : 'apis'}/${apiVersionOf(group)}`;
}

function indexEntry(group: GroupVersion) {
  return [placeOf(group), { serverRelativeURL: `${root}/${placeOf(group)}` }] as const;
}

/** The path of an object of a collection. */
export function objectPath(resource: ApiResource): string {
  const room = resource.namespaced ? '/namespaces/{namespace}' : '';
  return `/${placeOf(resource)}${room}/${resource.resource}/{name}`;
}

/** What tells kubectl which kind a path is about. */
export function kindOf({ group, version, kind }: ApiResource) {
  return { group, version, kind };
}

function describe(group: GroupVersion): object {
  const schemas = new Map<string, object>();
  const patched = resourcesOf(group).filter(({ verbs }) => verbs.includes('patch'));
  for (const resource of patched) addSchema(typeOfKind(resource.kind), schemas, [kindOf(resource)]);
  const paths = patched.map((resource) => [objectPath(resource), pathItem(resource)] as const);
  return { paths: Object.fromEntries(paths), components: { schemas: Object.fromEntries(schemas) } };
}

function pathItem(resource: ApiResource): object {
  const schema = { $ref: `#/components/schemas/${resource.kind}` };
  const responses = { 200: { description: 'OK', content: { 'application/json': { schema } } } };
  const extension = { 'x-kubernetes-group-version-kind': kindOf(resource) };
  const parameters = patchParameters.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  return {
    get: { 'x-kubernetes-action': 'get', ...extension, responses },
    patch: { 'x-kubernetes-action': 'patch', ...extension, parameters, responses },
  };
}

function addSchema(type: StructType, schemas: Map<string, object>, ofKinds: readonly object[] = []): void {
  if (schemas.has(type.name)) return;
  // Noted before its fields are: some types contain themselves.
  const properties: Record<string, object> = {};
  const extension = ofKinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': ofKinds };
  schemas.set(type.name, { type: 'object', properties, ...extension });
  for (const [name, field] of type.fields) properties[name] = fieldSchema(field, schemas);
}

function fieldSchema(type: FieldType, schemas: Map<string, object>): object {
  switch (type.form) {
    case 'scalar':
      return scalarSchemas[type.scalar];
    case 'map':
      return {
        type: 'object',
        additionalProperties: fieldSchema(type.items, schemas),
        ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      };
    case 'struct': {
      addSchema(type, schemas);
      const strategy = type.replaced ? 'replace' : type.retained ? 'retainKeys' : undefined;
      return {
        allOf: [{ $ref: `#/components/schemas/${type.name}` }],
        ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
        ...(strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': strategy }),
      };
    }
    case 'list': {
      const { mergeKey, keys, relation, items } = type;
      const retained = items.form === 'struct' && items.retained;
      return {
        type: 'array',
        items: fieldSchema(items, schemas),
        'x-kubernetes-list-type': relation,
        ...(keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': keys }),
        ...(mergeKey === undefined
          ? {}
          : { 'x-kubernetes-patch-strategy': retained ? 'merge,retainKeys' : 'merge' }),
        ...(mergeKey === undefined || mergeKey === '' ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
      };
    }
    default:
      return type satisfies never;
  }
}

const scalarSchemas: Readonly<Record<Scalar, object>> = {
  any: { type: 'object' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number' },
  'int-or-string': { type: 'string', format: 'int-or-string' },
  quantity: { type: 'string' },
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
};

function openApi2(accept: string, info: { readonly title: string; readonly version: string }): ApiResponse {
  const patched = apiResources.filter(({ resource }) => kinds.some((kind) => kind.resource === resource));
  const operations = patched.map((resource) => ({ path: objectPath(resource), kind: kindOf(resource) }));
  if (accept.includes(askedOpenApi2Type) || accept.includes(openApi2Type)) {
    const body = encodeOpenApi2(info, operations, patchParameters);
    return { status: 200, headers: { 'content-type': openApi2Type }, body };
  }
  const parameters = patchParameters.map((name) => ({ name, in: 'query', type: 'string' }));
  const paths = operations.map(
    ({ path, kind }) => [path, { patch: { 'x-kubernetes-group-version-kind': kind, parameters } }] as const,
  );
  return jsonResponse(200, { swagger: '2.0', info, paths: Object.fromEntries(paths), definitions: {} });
}
