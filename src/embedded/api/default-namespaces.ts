// The namespaces that every cluster has from the start.
import type { ObjectStore } from '../store/object-store.ts';
import { decodeObject } from './decode.ts';
import { namespaces } from './kinds/namespace.ts';
import { newObject } from './write.ts';

const names = ['default', 'kube-system'];

/** Makes those that are missing. */
export async function createDefaultNamespaces(store: ObjectStore): Promise<void> {
  for (const name of names) {
    if (store.get('namespaces', '', name) !== undefined) continue;
    await store.create(
      'namespaces',
      newObject(decodeObject({ metadata: { name } }, namespaces), namespaces, ''),
    );
  }
}
