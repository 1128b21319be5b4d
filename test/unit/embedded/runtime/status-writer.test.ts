// A pod's status reaches the store, also when the disk was full for a while.
import { expect, test } from 'vitest';
import type { Pod } from '../../../../src/embedded/runtime/pod.ts';
import { StatusWriter } from '../../../../src/embedded/runtime/status-writer.ts';
import type { KubeObject, ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { notFound, outOfStorage } from '../../../../src/embedded/store/status-error.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [] },
};

/** The only part of a store that is used, failing as the test says. */
function storeOf(stored: { object: KubeObject }, failures: Error[]): ObjectStore {
  const change: ObjectStore['change'] = async (_resource, _namespace, _name, work) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    stored.object = work(structuredClone(stored.object)) ?? stored.object;
    return stored.object;
  };
  return { change } as ObjectStore;
}

function writerOf(stored: { object: KubeObject }, failures: Error[], reported: unknown[] = []) {
  let count = 0;
  const change = (found: Pod): Pod => ({ ...found, status: { phase: 'Running', count: ++count } });
  return new StatusWriter(storeOf(stored, failures), pod, change, (error) => reported.push(error));
}

test('a full disk is waited out, and said', async () => {
  const [stored, reported] = [{ object: pod as KubeObject }, [] as unknown[]];
  await writerOf(stored, [outOfStorage(undefined)], reported).write();
  expect(stored.object['status']).toMatchObject({ phase: 'Running' });
  expect(reported).toHaveLength(1);
});

test('every wish is followed by a write, whenever it comes', async () => {
  const stored = { object: pod as KubeObject };
  let wished = 0;
  const change = (found: Pod): Pod => ({ ...found, status: { phase: 'Running', wished } });
  const writer = new StatusWriter(storeOf(stored, []), pod, change, () => undefined);
  for (let turns = 0; turns < 8; turns++) {
    const writes = [];
    for (let wish = 0; wish < 3; wish++) {
      wished += 1;
      writes.push(writer.write());
      // The end of a write must not swallow what is wished in the same turn.
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    }
    await Promise.all(writes);
    expect(stored.object['status']).toMatchObject({ wished });
  }
});

test('a pod that is gone, or another one of its name, is left alone', async () => {
  const stored = { object: { ...pod, metadata: { ...pod.metadata, uid: 'another' } } as KubeObject };
  await writerOf(stored, []).write();
  expect(stored.object).not.toHaveProperty('status');
  await expect(writerOf(stored, [notFound('pods', 'p')]).write()).resolves.toBeUndefined();
});
