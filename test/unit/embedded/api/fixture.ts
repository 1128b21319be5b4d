// A store and its API in a directory of their own, without a socket.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createDefaultNamespaces } from '../../../../src/embedded/api/default-namespaces.ts';
import { createApi } from '../../../../src/embedded/api/handler.ts';
import type { ApiResponse } from '../../../../src/embedded/api/request.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { KubeMetadata, KubeObject, ObjectStore } from '../../../../src/embedded/store/object-store.ts';

/** A directory that goes with the test. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A store with the namespaces that every cluster has. */
export async function openScratchStore(directory?: string): Promise<ObjectStore> {
  const store = openStore(join(directory ?? (await scratchDirectory()), 'store'));
  onTestFinished(() => store.close());
  await createDefaultNamespaces(store);
  return store;
}

/** Asks the API of a store. */
export function asking(store: ObjectStore, signal = new AbortController().signal) {
  const handle = createApi({ store, version: '0.0.0-test' });
  return (method: string, url: string, body?: unknown): Promise<ApiResponse> =>
    handle({
      method,
      url,
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      signal,
    });
}

/** An object to be stored as it is. */
export function object(name: string, metadata: Partial<KubeMetadata> = {}, more: object = {}): KubeObject {
  const named = { name, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...named, ...metadata }, ...more };
}
