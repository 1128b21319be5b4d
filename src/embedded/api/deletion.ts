// Deletion as Kubernetes does it: grace for running pods, finalizers, and what becomes of owned objects.
import * as z from 'zod';
import type { KubeObject, ObjectStore, ResourceName } from '../store/object-store.ts';
import { conflict, notFound } from '../store/status-error.ts';
import { withoutNulls } from './decode.ts';
import { isJsonObject } from './json.ts';
import { orphanDependents } from './ownership.ts';
import { Problems } from './problems.ts';
import { badRequest } from './request.ts';

/** Finalizer of an owner that waits for what it owns to be gone. */
export const foregroundFinalizer = 'foregroundDeletion';

const defaultGraceSeconds = 30;

const optionsSchema = z.looseObject({
  gracePeriodSeconds: z.int().min(0).optional(),
  propagationPolicy: z.string().optional(),
  orphanDependents: z.boolean().optional(),
  preconditions: z
    .looseObject({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .optional(),
  dryRun: z.array(z.literal('All')).optional(),
});

/** How to delete. */
export type DeletionOptions = z.infer<typeof optionsSchema>;

/** Options of a request: its body, else its query. @throws StatusError 400. */
export function deletionOptions(json: unknown, query: URLSearchParams): DeletionOptions {
  const given = withoutNulls(json ?? {});
  if (!isJsonObject(given)) throw badRequest('DeleteOptions must be a JSON object');
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const options = optionsSchema.safeParse({
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...given,
  });
  if (options.success) return checkedOptions(options.data);
  const [issue] = options.error.issues;
  throw badRequest(`invalid DeleteOptions: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function checkedOptions(options: DeletionOptions): DeletionOptions {
  const { propagationPolicy: asked } = options;
  const policies = ['Foreground', 'Background', 'Orphan'];
  const problems = new Problems();
  if (asked !== undefined && !policies.includes(asked))
    problems.unsupported('propagationPolicy', asked, [...policies, 'nil']);
  problems.throwIfAny({ kind: 'DeleteOptions', group: 'meta.k8s.io' }, '');
  return options;
}

/** What deletion has done: the object as it was last, and whether it is gone. */
export interface Deletion {
  readonly object: KubeObject;
  readonly removed: boolean;
}

/**
 * Deletes an object. A pod that runs gets until its grace period ends: it is marked, and the runtime removes it.
 * What has finalizers is marked, too. What it owns is collected later, unless the policy says otherwise.
 * @throws StatusError 404; 409 when a precondition fails.
 */
export async function deleteObject(
  store: ObjectStore,
  resource: ResourceName,
  namespace: string,
  name: string,
  options: DeletionOptions = {},
): Promise<Deletion> {
  const asked = store.get(resource, namespace, name);
  if (asked === undefined) throw notFound(resource, name);
  checkPreconditions(resource, asked, options);
  if (isOrphaning(options)) await orphanDependents(store, asked.metadata.uid);
  const found = store.get(resource, namespace, name) ?? asked;
  if (!leavesAtOnce(resource, found, options)) {
    const object = await store.change(resource, namespace, name, (current) => {
      checkPreconditions(resource, current, options);
      return marked(resource, current, options);
    });
    return { object, removed: false };
  }
  const object = await store.remove(resource, namespace, name, found.metadata.uid);
  // Somebody else deleted it meanwhile.
  if (object === undefined) throw notFound(resource, name);
  return { object, removed: true };
}

/** What a deletion would do, without doing it. @throws StatusError 409 when a precondition fails. */
export function tryDeletion(resource: ResourceName, object: KubeObject, options: DeletionOptions): Deletion {
  checkPreconditions(resource, object, options);
  if (leavesAtOnce(resource, object, options)) return { object, removed: true };
  return { object: marked(resource, object, options), removed: false };
}

/** Whether an object that is marked as deleted waits for nothing more. */
export function isReleased(resource: ResourceName, { metadata }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  if (resource === 'namespaces') return false;
  return resource !== 'pods' || metadata.deletionGracePeriodSeconds === 0;
}

function checkPreconditions(
  resource: ResourceName,
  { metadata }: KubeObject,
  { preconditions }: DeletionOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const failed = (what: string, wanted: string, found: string) =>
    conflict(
      resource,
      metadata.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw failed('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw failed('ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
}

function leavesAtOnce(resource: ResourceName, object: KubeObject, options: DeletionOptions): boolean {
  if ((object.metadata.finalizers ?? []).length > 0 || options.propagationPolicy === 'Foreground')
    return false;
  if (resource === 'namespaces') return false;
  return resource !== 'pods' || graceSeconds(object, options) === 0;
}

/** The object with its deletion noted; a later deletion can shorten the grace period, not lengthen it. */
function marked(resource: ResourceName, object: KubeObject, options: DeletionOptions): KubeObject {
  const { metadata } = object;
  const grace = resource === 'pods' ? graceSeconds(object, options) : 0;
  const before = metadata.deletionGracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined && before !== undefined && before <= grace) return object;
  const finalizers = metadata.finalizers ?? [];
  const waits = options.propagationPolicy === 'Foreground' && !finalizers.includes(foregroundFinalizer);
  const deletionTimestamp = new Date(Date.now() + grace * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp,
      deletionGracePeriodSeconds: grace,
      ...(waits ? { finalizers: [...finalizers, foregroundFinalizer] } : {}),
    },
    ...(resource === 'namespaces'
      ? { status: { ...(object['status'] as object | undefined), phase: 'Terminating' } }
      : {}),
  };
}

/** Seconds that a pod gets to end: none if no process of it can run. */
function graceSeconds(pod: KubeObject, { gracePeriodSeconds }: DeletionOptions): number {
  const spec = pod['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const status = pod['status'] as { phase?: string } | undefined;
  const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (spec?.nodeName === undefined || spec.nodeName === '' || over) return 0;
  return gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}

function isOrphaning({ propagationPolicy, orphanDependents: orphans }: DeletionOptions): boolean {
  return propagationPolicy === 'Orphan' || (propagationPolicy === undefined && orphans === true);
}
