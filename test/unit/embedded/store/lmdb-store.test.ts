import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { KubeObject, ObjectStore, StoreEvent } from '../../../../src/embedded/store/object-store.ts';

let directory = '';
const open: ObjectStore[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(directory, { recursive: true, force: true });
});

function openHere(options: { readOnly?: boolean } = {}): ObjectStore {
  const store = openStore(join(directory, 'store'), options);
  open.push(store);
  return store;
}

function object(name: string, more: object = {}, namespace = 'default'): KubeObject {
  const metadata = { name, namespace, uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...more };
}

describe('objects', () => {
  test('get what is the store’s to give', async () => {
    const store = openHere();
    const created = await store.create('pods', object('a', { spec: { x: 1 } }));
    expect(created.metadata).toMatchObject({
      name: 'a',
      namespace: 'default',
      resourceVersion: '1',
      generation: 1,
    });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(store.get('pods', 'default', 'a')).toEqual(created);
    const other = await store.create('configmaps', object('a'));
    expect(other.metadata).not.toHaveProperty('generation');
    expect(other.metadata.resourceVersion).toBe('2');
    expect(store.version).toBe(2);
  });

  test('are listed by namespace and name', async () => {
    const store = openHere();
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a', 'z'],
      ['a', 'y'],
      ['a-b', 'w'],
    ] as const) {
      await store.create('pods', object(name, {}, namespace));
    }
    await store.create('podsandmore', object('v', {}, 'a'));
    const names = (namespace?: string) =>
      store.list('pods', namespace).items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names()).toEqual(['a-b/w', 'a/y', 'a/z', 'b/x']);
    expect(names('a')).toEqual(['a/y', 'a/z']);
    expect(names('c')).toEqual([]);
    expect(store.list('pods').version).toBe(5);
  });

  test('can’t be changed by who reads them', async () => {
    const store = openHere();
    const created = await store.create('pods', object('a', { spec: { list: [1] } }));
    expect(() => (created['spec'] as { list: number[] }).list.push(2)).toThrow(TypeError);
    expect(() => {
      created.metadata.name = 'b';
    }).toThrow(TypeError);
  });

  test('refuse a taken name', async () => {
    const store = openHere();
    await store.create('deployments', object('a'));
    await expect(store.create('deployments', object('a'))).rejects.toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'deployments.apps "a" already exists',
    });
    await store.create('deployments', object('a', {}, 'other'));
    expect(store.version).toBe(2);
  });

  test('are there after the store was opened again', async () => {
    const first = openStore(join(directory, 'store'));
    const created = await first.create('pods', object('a', { spec: { text: 'ä\u{1f98a}\u0000' } }));
    await first.close();
    const second = openHere();
    expect(second.get('pods', 'default', 'a')).toEqual(created);
    expect((await second.create('pods', object('b'))).metadata.resourceVersion).toBe('2');
  });
});

describe('changes', () => {
  test('raise the version, and the generation with the spec', async () => {
    const store = openHere();
    await store.create('pods', object('a', { spec: { n: 1 }, status: {} }));
    const change = (more: object) =>
      store.change('pods', 'default', 'a', (current) => ({ ...current, ...more }));
    expect((await change({ status: { phase: 'Running' } })).metadata).toMatchObject({
      generation: 1,
      resourceVersion: '2',
    });
    expect((await change({ spec: { n: 2 } })).metadata).toMatchObject({
      generation: 2,
      resourceVersion: '3',
    });
  });

  test('that change nothing write nothing', async () => {
    const store = openHere();
    await store.create('pods', object('a', { spec: { n: 1 } }));
    const events: StoreEvent[] = [];
    store.watch(store.version, (event) => events.push(event));
    const same = await store.change('pods', 'default', 'a', (current) => ({
      ...current,
      spec: { n: 1, gone: undefined },
    }));
    expect(same.metadata.resourceVersion).toBe('1');
    await store.change('pods', 'default', 'a', () => undefined);
    expect(store.version).toBe(1);
    expect(events).toEqual([]);
  });

  test('get a private copy, and keep uid and creation', async () => {
    const store = openHere();
    const created = await store.create('pods', object('a', { spec: { list: [1] } }));
    const changed = await store.change('pods', 'default', 'a', (current) => {
      (current['spec'] as { list: number[] }).list.push(2);
      current.metadata.uid = 'mine';
      current.metadata.generation = 99;
      current.metadata.labels = { a: 'b' };
      current.metadata.finalizers = [];
      return current;
    });
    expect(changed['spec']).toEqual({ list: [1, 2] });
    expect(changed.metadata).toEqual({
      ...created.metadata,
      labels: { a: 'b' },
      generation: 2,
      resourceVersion: '2',
    });
    expect(created['spec']).toEqual({ list: [1] });
  });

  test('that throw leave all as it was', async () => {
    const store = openHere();
    await store.create('pods', object('a'));
    const refusal = store.change('pods', 'default', 'a', () => {
      throw new Error('no');
    });
    await expect(refusal).rejects.toThrow('no');
    await expect(store.change('pods', 'default', 'b', (current) => current)).rejects.toMatchObject({
      code: 404,
      reason: 'NotFound',
    });
    expect(store.version).toBe(1);
  });

  test('of one object at once don’t lose each other', async () => {
    const store = openHere();
    await store.create('pods', object('a', { spec: { n: 0 } }));
    const add = () =>
      store.change('pods', 'default', 'a', (current) => ({
        ...current,
        spec: { n: (current['spec'] as { n: number }).n + 1 },
      }));
    await Promise.all(Array.from({ length: 50 }, add));
    expect(store.get('pods', 'default', 'a')?.['spec']).toEqual({ n: 50 });
  });
});

describe('removal', () => {
  test('answers what was there, once', async () => {
    const store = openHere();
    const { metadata } = await store.create('pods', object('a'));
    const events: StoreEvent[] = [];
    store.watch(store.version, (event) => events.push(event));
    expect(await store.remove('pods', 'default', 'a', 'another uid')).toBeUndefined();
    expect((await store.remove('pods', 'default', 'a', metadata.uid))?.metadata).toEqual({
      ...metadata,
      resourceVersion: '2',
    });
    expect(await store.remove('pods', 'default', 'a')).toBeUndefined();
    expect(store.get('pods', 'default', 'a')).toBeUndefined();
    expect(store.list('pods').items).toEqual([]);
    expect(
      events.map(({ type, version, previous }) => ({
        type,
        version,
        previous: previous?.metadata.resourceVersion,
      })),
    ).toEqual([{ type: 'DELETED', version: 2, previous: '1' }]);
  });
});

describe('watches', () => {
  test('show every write before its promise resolves', async () => {
    const store = openHere();
    const events: string[] = [];
    store.watch(0, ({ type, object: { metadata } }) => events.push(`${type} ${metadata.name}`));
    await store.create('pods', object('a'));
    expect(events).toEqual(['ADDED a']);
    await store.change('pods', 'default', 'a', (current) => ({ ...current, status: {} }));
    await store.remove('pods', 'default', 'a');
    expect(events).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  test('can’t begin before the store was opened', async () => {
    const first = openStore(join(directory, 'store'));
    await first.create('pods', object('a'));
    await first.close();
    const second = openHere();
    expect(() => second.watch(0, () => undefined)).toThrow(
      expect.objectContaining({ code: 410, reason: 'Expired' }),
    );
    expect(second.watch(1, () => undefined)).toBeTypeOf('function');
  });
});

describe('records', () => {
  test('are kept apart from objects, by prefix', async () => {
    const store = openHere();
    const { records } = store;
    await records.update('port/a', () => ({ value: 1, result: undefined }));
    await records.update('port/b', () => ({ value: { n: 2 }, result: undefined }));
    await records.update('other', () => ({ value: 3, result: undefined }));
    expect(records.entries('port/')).toEqual([
      { key: 'port/a', value: 1 },
      { key: 'port/b', value: { n: 2 } },
    ]);
    expect(
      await records.update<number, number | undefined>('port/a', (value) => ({
        value: undefined,
        result: value,
      })),
    ).toBe(1);
    expect(records.get('port/a')).toBeUndefined();
    expect(store.version).toBe(0);
  });

  test('stay as they were when an update throws', async () => {
    const { records } = openHere();
    await records.update('a', () => ({ value: 1, result: undefined }));
    const refusal = records.update('a', () => {
      throw new Error('no');
    });
    await expect(refusal).rejects.toThrow('no');
    expect(records.get('a')).toBe(1);
  });
});

/** Rights of a file, as chmod takes them. */
async function mode(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe('files', () => {
  test('are their user’s alone', async () => {
    openHere();
    expect(await mode(join(directory, 'store'))).toBe('700');
    expect(await mode(join(directory, 'store', 'objects.mdb'))).toBe('600');
    expect(await mode(join(directory, 'store', 'objects.mdb-lock'))).toBe('600');
  });

  test('that are no database are refused, not crashed on', async () => {
    const first = openStore(join(directory, 'store'));
    await first.close();
    await writeFile(join(directory, 'store', 'objects.mdb'), Buffer.alloc(8192, 'x'));
    for (const readOnly of [true, false]) {
      expect(() => openHere({ readOnly })).toThrow(
        expect.objectContaining({
          name: 'FoxError',
          code: 'FILE_SYSTEM',
          message: expect.stringContaining('damaged'),
        }),
      );
    }
  });

  test('in a place that can’t be one are refused', async () => {
    await writeFile(join(directory, 'store'), 'a file');
    expect(() => openHere()).toThrow(expect.objectContaining({ name: 'FoxError', code: 'FILE_SYSTEM' }));
  });

  test('of a database that was only begun are made anew', async () => {
    await mkdir(join(directory, 'store'));
    await writeFile(join(directory, 'store', 'objects.mdb'), '');
    expect(openHere({ readOnly: true }).version).toBe(0);
    await openHere().create('pods', object('a'));
  });
});

describe('reading only', () => {
  test('shows what there is, and refuses the rest', async () => {
    const writer = openStore(join(directory, 'store'));
    await writer.create('pods', object('a'));
    await writer.close();
    const store = openHere({ readOnly: true });
    expect(store.list('pods').items.map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(store.version).toBe(1);
    const refusal = { code: 503, reason: 'ServiceUnavailable' };
    await expect(store.create('pods', object('b'))).rejects.toMatchObject(refusal);
    await expect(store.change('pods', 'default', 'a', (current) => current)).rejects.toMatchObject(refusal);
    await expect(store.remove('pods', 'default', 'a')).rejects.toMatchObject(refusal);
    await expect(store.records.update('a', () => ({ value: 1, result: 1 }))).rejects.toMatchObject(refusal);
    expect(() => store.watch(1, () => undefined)).toThrow(expect.objectContaining(refusal));
  });

  test('follows a writer beside it', async () => {
    const writer = openHere();
    const reader = openHere({ readOnly: true });
    await writer.create('pods', object('a'));
    expect(reader.list('pods').items).toHaveLength(1);
    await writer.create('pods', object('b'));
    expect(reader.get('pods', 'default', 'b')?.metadata.resourceVersion).toBe('2');
    await writer.remove('pods', 'default', 'a');
    expect(reader.list('pods')).toMatchObject({ version: 3, items: [{ metadata: { name: 'b' } }] });
  });

  test('finds nothing where no cluster ever was', async () => {
    const store = openHere({ readOnly: true });
    expect(store.list('pods')).toEqual({ items: [], version: 0 });
    expect(store.get('pods', 'default', 'a')).toBeUndefined();
    expect(store.records.entries('')).toEqual([]);
    await expect(stat(join(directory, 'store'))).rejects.toThrow(/ENOENT/);
  });
});

test('a closed store says so', async () => {
  const store = openStore(join(directory, 'store'));
  await store.close();
  await store.close();
  expect(() => store.get('pods', 'default', 'a')).toThrow('the store is closed');
});
