// Objects as they are stored: what the store adds to them, when they differ, and that nobody changes them.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeMetadata, KubeObject } from './object-store.ts';
import { countedKinds } from './resources.ts';

/** A new object with what is the store's to give. */
export function firstOf(object: KubeObject, version: number): KubeObject {
  const metadata: KubeMetadata = {
    ...tidy(object.metadata),
    uid: randomUUID(),
    resourceVersion: String(version),
    creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  delete metadata.generation;
  if (countedKinds.has(object.kind) && object['spec'] !== undefined) metadata.generation = 1;
  return { ...object, metadata };
}

/** The object to store for a wanted change, or undefined if nothing differs. */
export function successor(previous: KubeObject, wanted: KubeObject, version: number): KubeObject | undefined {
  const { uid, creationTimestamp, resourceVersion, generation } = previous.metadata;
  const kept = {
    uid,
    resourceVersion,
    ...(generation === undefined ? {} : { generation }),
    creationTimestamp,
  };
  // As JSON has it: members that are undefined are none.
  const same = JSON.parse(
    JSON.stringify({ ...wanted, metadata: { ...tidy(wanted.metadata), ...kept } }),
  ) as KubeObject;
  if (isDeepStrictEqual(same, previous)) return undefined;
  const isChanged = countedKinds.has(same.kind) && !isDeepStrictEqual(same['spec'], previous['spec']);
  const raised = isChanged ? (generation ?? 0) + 1 : generation;
  const metadata = { ...same.metadata, ...(raised === undefined ? {} : { generation: raised }) };
  return { ...same, metadata: { ...metadata, resourceVersion: String(version) } };
}

/** metadata without lists and maps that are empty: there are none of those, as in Kubernetes. */
function tidy(metadata: KubeMetadata): KubeMetadata {
  const tidied = { ...metadata };
  const members = ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'] as const;
  for (const member of members) {
    if (Object.keys(metadata[member] ?? {}).length === 0) delete tidied[member];
  }
  return tidied;
}

/** A stored object, frozen all the way down: it is shared by all who read it. */
export function frozen(value: unknown): KubeObject | undefined {
  freeze(value);
  return value as KubeObject | undefined;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
