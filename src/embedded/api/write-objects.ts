// POST, PUT, PATCH and DELETE: what they store, and what they answer.
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../store/object-store.ts';
import { about, alreadyExists, notFound, StatusError } from '../store/status-error.ts';
import { application } from './apply.ts';
import {
  bodyOf,
  type Call,
  fieldCheck,
  findObject,
  listResponse,
  objectResponse,
  unsupportedType,
} from './call.ts';
import { patchTypes } from './change.ts';
import { decodeObject } from './decode.ts';
import {
  deleteObject,
  type Deletion,
  type DeletionOptions,
  deletionOptions,
  tryDeletion,
} from './deletion.ts';
import type { Kind } from './kind.ts';
import { trackCreation } from './managed-fields.ts';
import { type ApiResponse, jsonResponse, methodNotAllowed } from './request.ts';
import { readScale } from './scale.ts';
import { selectionOf } from './selection.ts';
import { type Change, newObject } from './write.ts';

/** How often a generated name may be taken before its maker is told. */
const nameAttempts = 8;
/** How often an object may come and go while it is applied. */
const applyAttempts = 5;
/** Whose deletion is answered with the object as it was, where others' is with a Status. */
const answersObject = ['pods', 'serviceaccounts', 'services'];
/** Without these, nothing works. */
const lastingNamespaces = ['default', 'kube-system'];

/** Answers a POST to a collection. */
export async function createObject(call: Call): Promise<ApiResponse> {
  const { request, route } = call;
  const { kind, namespace = '' } = route;
  if (kind.namespaced && namespace === '') throw methodNotAllowed();
  const given = decodeObject(bodyOf(request), kind, fieldCheck(call));
  const { name = '', generateName } = given.metadata;
  for (let attempt = 1; ; attempt += 1) {
    const object = trackCreation(newObject(given, kind, namespace), call);
    try {
      return objectResponse(call, 201, await create(call, object));
    } catch (error) {
      const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
      const another = name === '' && generateName !== undefined && attempt < nameAttempts;
      if (!taken || !another) throw error;
    }
  }
}

async function create(call: Call, object: KubeObject): Promise<KubeObject> {
  const { route, store, options } = call;
  if (route.kind.namespaced) checkNamespace(call, object.metadata.namespace ?? '', object.metadata.name);
  const assigned = route.kind.assign(object, undefined);
  return options.dryRun ? tryCreation(call, assigned) : store.create(route.kind.resource, assigned);
}

/** What creation would make. */
function tryCreation({ route: { kind }, store }: Call, object: KubeObject): KubeObject {
  const { name, namespace = '' } = object.metadata;
  if (store.get(kind.resource, namespace, name) !== undefined) throw alreadyExists(kind.resource, name);
  const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp };
  // What isn't stored has no version.
  return { ...object, metadata: { ...metadata, resourceVersion: '' } };
}

function checkNamespace({ route: { kind }, store }: Call, namespace: string, name: string): void {
  const object = store.get('namespaces', '', namespace);
  if (object === undefined) throw notFound('namespaces', namespace);
  if (object.metadata.deletionTimestamp === undefined) return;
  throw forbidden(
    kind,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
}

/** Answers a PUT or PATCH of an object, or of a part of it. */
export async function changeObject(call: Call, name: string, change: Change): Promise<ApiResponse> {
  findObject(call, name);
  return changeResponse(call, await storeChange(call, name, change));
}

/** Answers a server-side apply: what doesn't exist is made. */
export async function applyObject(call: Call, name: string): Promise<ApiResponse> {
  const { route, store } = call;
  if (route.subresource === 'scale')
    throw unsupportedType(patchTypes.filter((type) => !type.includes('apply')));
  const apply = await application(call, name);
  for (let attempt = 1; ; attempt += 1) {
    const found = store.get(route.kind.resource, route.namespace ?? '', name);
    try {
      if (found !== undefined) return changeResponse(call, await storeChange(call, name, apply));
      if (route.subresource !== undefined) throw notFound(route.kind.resource, name);
      return objectResponse(call, 201, await create(call, apply(undefined)));
    } catch (error) {
      // Somebody else made or deleted it in between.
      const raced =
        error instanceof StatusError &&
        (found === undefined ? error.reason === 'AlreadyExists' : error.code === 404);
      if (!raced || route.subresource !== undefined || attempt === applyAttempts) throw error;
    }
  }
}

async function storeChange(
  { route, store, options }: Call,
  name: string,
  change: Change,
): Promise<KubeObject> {
  const { kind, namespace = '' } = route;
  const assigned: Change = (previous) => kind.assign(change(previous), previous);
  if (!options.dryRun) return store.change(kind.resource, namespace, name, assigned);
  const found = store.get(kind.resource, namespace, name);
  if (found === undefined) throw notFound(kind.resource, name);
  return assigned(structuredClone(found));
}

function changeResponse(call: Call, object: KubeObject): ApiResponse {
  return objectResponse(call, 200, call.route.subresource === 'scale' ? readScale(object) : object);
}

/** Answers a DELETE of an object: with the object if it isn't gone yet. */
export async function removeObject(call: Call, name: string): Promise<ApiResponse> {
  const { request, route, query } = call;
  const options = deletionOptions(bodyOf(request), query);
  const { object, removed } = await removeOne(call, findObject(call, name), options);
  const { resource } = route.kind;
  if (!removed || answersObject.includes(resource)) return objectResponse(call, 200, object);
  const details = { ...about(resource, name), uid: object.metadata.uid };
  return jsonResponse(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/** Answers a DELETE of what a collection has that is selected. */
export async function removeCollection(call: Call): Promise<ApiResponse> {
  const { request, route, query, store } = call;
  if (route.kind.namespaced && route.namespace === undefined) throw methodNotAllowed();
  const options = deletionOptions(bodyOf(request), query);
  const { items, version } = store.list(route.kind.resource, route.namespace);
  const deleted: KubeObject[] = [];
  for (const item of items.filter(selectionOf(route, query))) {
    try {
      deleted.push((await removeOne(call, item, options)).object);
    } catch (error) {
      // Deleted by somebody else since it was listed.
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }
  return listResponse(call, { items: deleted, version });
}

async function removeOne(
  { route: { kind }, store, options: { dryRun } }: Call,
  object: KubeObject,
  options: DeletionOptions,
): Promise<Deletion> {
  const { namespace = '', name } = object.metadata;
  if (kind.resource === 'namespaces' && lastingNamespaces.includes(name)) {
    throw forbidden(kind, name, 'this namespace may not be deleted');
  }
  if (dryRun || options.dryRun !== undefined) return tryDeletion(kind.resource, object, options);
  return deleteObject(store, kind.resource, namespace, name, options);
}

function forbidden({ resource }: Kind, name: string, why: string): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `${resource} "${name}" is forbidden: ${why}`,
    about(resource, name),
  );
}
