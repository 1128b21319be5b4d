// Who owns whom: objects by their ownerReferences.
import type { KubeObject, ObjectStore, ResourceName } from '../store/object-store.ts';
import { resourceTypes } from '../store/resources.ts';
import { StatusError } from '../store/status-error.ts';

/** An object and the collection it is in. */
export interface Located {
  readonly resource: ResourceName;
  readonly object: KubeObject;
}

/** Every object, or every one of a namespace. */
export function allObjects(store: ObjectStore, namespace?: string): Located[] {
  return Object.keys(resourceTypes).flatMap((resource) =>
    store.list(resource, namespace).items.map((object) => ({ resource, object })),
  );
}

/** What an object owns, alone or with others. */
export function dependentsOf(objects: readonly Located[], uid: string): Located[] {
  return objects.filter(({ object }) => ownersOf(object).some((owner) => owner.uid === uid));
}

/** ownerReferences of an object. */
export function ownersOf({ metadata }: KubeObject) {
  return metadata.ownerReferences ?? [];
}

/** Takes an owner out of all that it owns. */
export async function orphanDependents(store: ObjectStore, uid: string): Promise<void> {
  for (const { resource, object } of dependentsOf(allObjects(store), uid)) {
    const { namespace = '', name } = object.metadata;
    const disown = store.change(resource, namespace, name, (current) => {
      const ownerReferences = ownersOf(current).filter((owner) => owner.uid !== uid);
      return { ...current, metadata: { ...current.metadata, ownerReferences } };
    });
    await unlessGone(disown);
  }
}

/** Waits for a write to an object that somebody else may have deleted meanwhile. */
export async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
  }
}
