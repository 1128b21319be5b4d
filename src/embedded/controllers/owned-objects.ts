// Objects by the one that controls them, kept as the store changes.
import type { KubeObject, OwnerReference } from '../store/object-store.ts';
import { matchesLabels, type Requirement } from '../api/selectors.ts';

/** The objects of one collection that objects of one kind may control. */
export class OwnedObjects<T extends KubeObject> {
  readonly #ownerKind: string;
  /** By the uid of their controller. */
  readonly #owned = new Map<string, Map<string, T>>();
  /** uid of the controller, by the object's own. */
  readonly #owners = new Map<string, string>();
  /** Those that nobody controls. */
  readonly #free = new Map<string, T>();

  constructor(ownerKind: string) {
    this.#ownerKind = ownerKind;
  }

  /** Notes an object as it is now. */
  keep(object: T): void {
    // Its owner may have been taken from it.
    this.drop(object);
    const { uid } = object.metadata;
    const controller = controllerOf(object);
    if (controller === undefined) this.#free.set(uid, object);
    else if (controller.kind === this.#ownerKind) {
      const owned = this.#owned.get(controller.uid) ?? new Map<string, T>();
      this.#owned.set(controller.uid, owned.set(uid, object));
      this.#owners.set(uid, controller.uid);
    }
  }

  /** Forgets an object. */
  drop({ metadata: { uid } }: T): void {
    const owner = this.#owners.get(uid) ?? '';
    const owned = this.#owned.get(owner);
    this.#owners.delete(uid);
    this.#free.delete(uid);
    if (owned?.delete(uid) === true && owned.size === 0) this.#owned.delete(owner);
  }

  /** What an object controls. */
  of({ metadata: { uid } }: KubeObject): T[] {
    return [...(this.#owned.get(uid)?.values() ?? [])];
  }

  /** What nobody controls, and has the labels that an object is to control. */
  free(namespace: string, selector: readonly Requirement[]): T[] {
    return [...this.#free.values()].filter(
      ({ metadata }) =>
        metadata.namespace === namespace &&
        metadata.deletionTimestamp === undefined &&
        matchesLabels(selector, metadata.labels),
    );
  }
}

/** Who controls an object. */
export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** The reference by which an object says that another one controls it. */
export function controlledBy({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
