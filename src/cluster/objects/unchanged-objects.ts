// Tells which objects of a list are those of the list before: what was made of them needn't be made again.
import type { V1ObjectMeta } from '@kubernetes/client-node';

interface Listed {
  readonly metadata?: V1ObjectMeta;
}

/** The objects of one kind that were listed last. */
export class UnchangedObjects<T extends Listed> {
  #last: ReadonlyMap<string, T> = new Map();

  /** The same objects; for those that haven't changed since the last list, those of that list. */
  of(listed: readonly T[]): readonly T[] {
    const now = new Map<string, T>();
    const objects = listed.map((object) => {
      const state = stateOf(object);
      if (state === undefined) return object;
      const same = this.#last.get(state) ?? object;
      now.set(state, same);
      return same;
    });
    this.#last = now;
    return objects;
  }
}

/** Two objects in the same state say the same. Undefined: nobody can tell. */
function stateOf({ metadata = {} }: Listed): string | undefined {
  const { uid = '', resourceVersion = '' } = metadata;
  return uid === '' || resourceVersion === '' ? undefined : `${uid} ${resourceVersion}`;
}
