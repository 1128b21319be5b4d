// Secrets at rest: nothing of them can be read in the store's files, whatever happened to those before.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '../../../../src/embedded/store/database.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { KubeObject, ObjectStore } from '../../../../src/embedded/store/object-store.ts';

let directory = '';
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(directory, { recursive: true, force: true });
});

function opened(options: { readOnly?: boolean } = {}): ObjectStore {
  const store = openStore(directory, options);
  open.push(store);
  return store;
}

async function closeAll(): Promise<void> {
  for (const store of open.splice(0)) await store.close();
}

const value = Buffer.from('correct horse battery staple').toString('base64');

function secret(name: string): KubeObject {
  const metadata = { name, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { password: value } };
}

async function contents(): Promise<string> {
  const files = await Promise.all(
    (await readdir(directory)).map((name) => readFile(join(directory, name), 'latin1')),
  );
  return files.join('\n');
}

test('are read as they were written, by others and later, and stand in no file', async () => {
  const store = opened();
  const created = await store.create('secrets', secret('a'));
  const changed = await store.change('secrets', 'default', 'a', (object) => ({ ...object, type: 'Opaque' }));
  expect(changed).toMatchObject({ data: { password: value }, type: 'Opaque' });
  expect(opened({ readOnly: true }).get('secrets', 'default', 'a')).toEqual(changed);
  await closeAll();
  expect(opened().list('secrets').items).toEqual([changed]);
  expect(created['data']).toEqual({ password: value });
  await store.close();
  expect(await contents()).not.toContain(value);
  // What isn't secret is: the search would find it.
  await opened().create('configmaps', { ...secret('b'), kind: 'ConfigMap' });
  await closeAll();
  expect(await contents()).toContain(value);
});

test('have a key that only its user can read', async () => {
  opened();
  await closeAll();
  const key = join(directory, 'secrets.key');
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  expect((await readFile(key)).length).toBe(32);
  await chmod(key, 0o644);
  opened();
  expect((await stat(key)).mode & 0o777).toBe(0o600);
});

test('of an earlier fox are read, and sealed as soon as somebody may write', async () => {
  const database = new Database(directory, false);
  const old = { ...secret('a'), metadata: { ...secret('a').metadata, resourceVersion: '1', uid: 'u' } };
  database.transact(({ put }) => {
    put('format', 1);
    put('revision', 1);
    put('object/secrets/default/a', old);
  });
  await database.close();
  expect(opened({ readOnly: true }).get('secrets', 'default', 'a')).toEqual(old);
  await closeAll();
  expect(opened().get('secrets', 'default', 'a')).toEqual(old);
  await closeAll();
  const raw = new Database(directory, true);
  open.push(raw);
  expect(JSON.stringify(raw.get('object/secrets/default/a'))).not.toContain(value);
  // A fox that can't open them doesn't try.
  expect(raw.get('format')).toBe(2);
});

test('are not read by another key, nor in another place', async () => {
  await opened().create('secrets', secret('a'));
  await closeAll();
  const database = new Database(directory, false);
  database.transact(({ get, put }) => put('object/secrets/default/b', get('object/secrets/default/a')));
  await database.close();
  expect(() => opened({ readOnly: true }).list('secrets')).toThrow("can't be opened");
  await closeAll();
  await writeFile(join(directory, 'secrets.key'), Buffer.alloc(32));
  expect(() => opened({ readOnly: true }).get('secrets', 'default', 'a')).toThrow("can't be opened");
});

test('stay shut without their key, and no other key is made', async () => {
  await opened().create('secrets', secret('a'));
  await closeAll();
  await rm(join(directory, 'secrets.key'));
  const store = opened();
  expect(() => store.list('secrets')).toThrow('is gone');
  expect(store.list('pods').items).toEqual([]);
  await expect(store.create('secrets', secret('b'))).rejects.toThrow('is gone');
  expect(await readdir(directory)).not.toContain('secrets.key');
  await closeAll();
  await writeFile(join(directory, 'secrets.key'), 'short');
  expect(() => opened().list('secrets')).toThrow('is damaged');
});
