import { expect, onTestFinished, test, vi } from 'vitest';
import { deleteObject } from '../../../../src/embedded/api/deletion.ts';
import { startGarbageCollector } from '../../../../src/embedded/api/garbage-collector.ts';
import type { KubeObject, ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { object, openScratchStore } from './fixture.ts';

function collecting(store: ObjectStore): { errors: unknown[] } {
  const errors: unknown[] = [];
  const stop = startGarbageCollector(store, (error) => errors.push(error));
  onTestFinished(stop);
  return { errors };
}

function ownedBy(...owners: KubeObject[]) {
  return {
    ownerReferences: owners.map(({ metadata: { name, uid } }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid,
    })),
  };
}

function names(store: ObjectStore): string[] {
  return store.list('configmaps').items.map(({ metadata }) => metadata.name);
}

test('what was left behind is collected at the start, down the chain', async () => {
  const store = await openScratchStore();
  const a = await store.create('configmaps', object('a'));
  const b = await store.create('configmaps', object('b', ownedBy(a)));
  await store.create('configmaps', object('c', ownedBy(b)));
  await store.create('configmaps', object('d'));
  await store.remove('configmaps', 'default', 'a');
  collecting(store);
  await vi.waitFor(() => expect(names(store)).toEqual(['d']));
});

test('what still has one of its owners stays', async () => {
  const store = await openScratchStore();
  const { errors } = collecting(store);
  const a = await store.create('configmaps', object('a'));
  const b = await store.create('configmaps', object('b'));
  await store.create('configmaps', object('both', ownedBy(a, b)));
  await store.create('configmaps', object('one', ownedBy(a)));
  await deleteObject(store, 'configmaps', 'default', 'a');
  await vi.waitFor(() => expect(names(store)).toEqual(['b', 'both']));
  await deleteObject(store, 'configmaps', 'default', 'b');
  await vi.waitFor(() => expect(names(store)).toEqual([]));
  expect(errors).toEqual([]);
});

test('what is made for an owner that is gone goes, too', async () => {
  const store = await openScratchStore();
  collecting(store);
  const a = await store.create('configmaps', object('a'));
  await store.remove('configmaps', 'default', 'a');
  await store.create('configmaps', object('late', ownedBy(a)));
  await vi.waitFor(() => expect(names(store)).toEqual([]));
});

test('an owner of the same name is another one', async () => {
  const store = await openScratchStore();
  collecting(store);
  const a = await store.create('configmaps', object('a'));
  await store.create('configmaps', object('owned', ownedBy(a)));
  await store.remove('configmaps', 'default', 'a');
  await store.create('configmaps', object('a'));
  await vi.waitFor(() => expect(names(store)).toEqual(['a']));
});

test('objects that own each other in a ring stay until one goes', async () => {
  const store = await openScratchStore();
  collecting(store);
  const a = await store.create('configmaps', object('a'));
  const b = await store.create('configmaps', object('b', ownedBy(a)));
  await store.change('configmaps', 'default', 'a', (current) => ({
    ...current,
    metadata: { ...current.metadata, ...ownedBy(b) },
  }));
  await deleteObject(store, 'configmaps', 'default', 'a');
  await vi.waitFor(() => expect(names(store)).toEqual([]));
});

test('a pod that runs is ended gracefully, one that does not is removed', async () => {
  const store = await openScratchStore();
  collecting(store);
  const owner = await store.create('configmaps', object('owner'));
  await store.create('pods', object('runs', ownedBy(owner), { spec: { nodeName: 'embedded' } }));
  await store.create('pods', object('waits', ownedBy(owner), { spec: {} }));
  await deleteObject(store, 'configmaps', 'default', 'owner');
  await vi.waitFor(() => {
    const pods = store
      .list('pods')
      .items.map(({ metadata }) => [metadata.name, metadata.deletionGracePeriodSeconds]);
    expect(pods).toEqual([['runs', 30]]);
  });
});

test('an error is told, and the next change tries again', async () => {
  const store = await openScratchStore();
  let broken = true;
  const failing: ObjectStore = Object.create(store, {
    remove: {
      value: (...args: Parameters<ObjectStore['remove']>) =>
        broken ? Promise.reject(new Error('full')) : store.remove(...args),
    },
    version: { get: () => store.version },
  });
  for (const method of ['get', 'list', 'create', 'change', 'watch'] as const) {
    Object.defineProperty(failing, method, { value: store[method].bind(store) });
  }
  const { errors } = collecting(failing);
  const a = await store.create('configmaps', object('a'));
  await store.create('configmaps', object('owned', ownedBy(a)));
  await store.remove('configmaps', 'default', 'a');
  await vi.waitFor(() => expect(errors).toEqual([new Error('full')]));
  broken = false;
  const b = await store.create('configmaps', object('b'));
  await store.remove('configmaps', 'default', b.metadata.name);
  await vi.waitFor(() => expect(names(store)).toEqual([]));
});
