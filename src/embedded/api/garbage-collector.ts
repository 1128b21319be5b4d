// Removes what nobody owns any more, what has ended its deletion, and what is in a namespace that goes.
import type { KubeObject, ObjectStore, StoreEvent } from '../store/object-store.ts';
import { deleteObject, type DeletionOptions, foregroundFinalizer, isReleased } from './deletion.ts';
import { allObjects, dependentsOf, type Located, ownersOf, unlessGone } from './ownership.ts';

/**
 * Collects garbage from now on, beginning with what an earlier process left. What it does depends only on what
 * the store holds, so it can be stopped at any moment.
 * @param onError told of a failed sweep (e.g. a full disk); the next change starts another one.
 * @returns ends it, when the running sweep is done.
 */
export function startGarbageCollector(
  store: ObjectStore,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const ended = new AbortController();
  let due = true;
  let running: Promise<void> | undefined;
  const run = async () => {
    while (due && !ended.signal.aborted) {
      due = false;
      await sweep(store).catch(onError);
    }
    running = undefined;
  };
  const wake = () => {
    due = true;
    running ??= run();
  };
  const stop = store.watch(store.version, (event) => {
    if (concernsCollector(event)) wake();
  });
  wake();
  return async () => {
    ended.abort();
    stop();
    await running;
  };
}

/** Only these can leave garbage. An object may be made with an owner that is gone already. */
function concernsCollector({ type, object }: StoreEvent): boolean {
  return (
    type === 'DELETED' ||
    object.metadata.deletionTimestamp !== undefined ||
    (type === 'ADDED' && ownersOf(object).length > 0)
  );
}

/** One look at everything. */
async function sweep(store: ObjectStore): Promise<void> {
  const objects = allObjects(store);
  const uids = new Set(objects.map(({ object }) => object.metadata.uid));
  for (const located of objects) {
    const { resource, object } = located;
    const { metadata } = object;
    if (isReleased(resource, object))
      await unlessGone(store.remove(resource, metadata.namespace ?? '', metadata.name, metadata.uid));
    else if (isOrphan(object, uids)) await collect(store, located);
    else if (
      metadata.deletionTimestamp !== undefined &&
      (metadata.finalizers ?? []).includes(foregroundFinalizer)
    ) {
      await collectForeground(store, located, objects);
    } else if (resource === 'namespaces' && metadata.deletionTimestamp !== undefined) {
      await emptyNamespace(store, object);
    }
  }
}

/** Had owners, and all of them are gone. */
function isOrphan(object: KubeObject, uids: ReadonlySet<string>): boolean {
  const owners = ownersOf(object);
  return (
    object.metadata.deletionTimestamp === undefined &&
    owners.length > 0 &&
    !owners.some(({ uid }) => uids.has(uid))
  );
}

async function collect(
  store: ObjectStore,
  { resource, object }: Located,
  options: DeletionOptions = {},
): Promise<void> {
  const { namespace = '', name, uid } = object.metadata;
  await unlessGone(deleteObject(store, resource, namespace, name, { ...options, preconditions: { uid } }));
}

/** An owner that waits for what it owns: deletes that, and lets the owner go when nothing is left. */
async function collectForeground(
  store: ObjectStore,
  { resource, object }: Located,
  objects: readonly Located[],
): Promise<void> {
  const dependents = dependentsOf(objects, object.metadata.uid);
  for (const dependent of dependents) {
    if (dependent.object.metadata.deletionTimestamp !== undefined) continue;
    // Who waits for what it owns waits for what that owns, too.
    const isOwner = dependentsOf(objects, dependent.object.metadata.uid).length > 0;
    await collect(store, dependent, isOwner ? { propagationPolicy: 'Foreground' } : {});
  }
  if (dependents.length > 0) return;
  const { namespace = '', name } = object.metadata;
  const release = store.change(resource, namespace, name, (current) => {
    const finalizers = (current.metadata.finalizers ?? []).filter(
      (finalizer) => finalizer !== foregroundFinalizer,
    );
    return { ...current, metadata: { ...current.metadata, finalizers } };
  });
  await unlessGone(release);
}

async function emptyNamespace(store: ObjectStore, { metadata }: KubeObject): Promise<void> {
  const content = allObjects(store, metadata.name).filter(
    ({ object }) => object.metadata.namespace === metadata.name,
  );
  for (const located of content) {
    if (located.object.metadata.deletionTimestamp === undefined) await collect(store, located);
  }
  if (content.length === 0) await unlessGone(store.remove('namespaces', '', metadata.name, metadata.uid));
}
