// Deletion in any Kubernetes API, and what it draws after it: also runs against a real cluster.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ApiClient,
  configMap,
  eventually,
  type Json,
  pod,
  testNamespace,
} from './cluster-under-test.ts';

const scope = testNamespace();
const { core } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
});

function owned(owner: Json): Json {
  const { name: ownerName, uid } = owner.metadata;
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid, blockOwnerDeletion: true },
  ];
  return { ...configMap(`${name}-owned`), metadata: { name: `${name}-owned`, ownerReferences } };
}

describe('delete', () => {
  test('answers a Status, and the object is gone', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name));
    const deleted = await client.delete(`${core}/configmaps/${name}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name, kind: 'configmaps', uid: body.metadata.uid },
    });
    expect((await client.get(`${core}/configmaps/${name}`)).status).toBe(404);
    expect((await client.delete(`${core}/configmaps/${name}`)).status).toBe(404);
  });

  test('preconditions guard it', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name));
    const path = `${core}/configmaps/${name}`;
    const wrong = '00000000-0000-0000-0000-000000000000';
    expect((await client.delete(path, { preconditions: { uid: wrong } })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect((await client.delete(path, { preconditions: { resourceVersion: '1' } })).status).toBe(409);
    expect((await client.delete(path, { preconditions: { uid: body.metadata.uid } })).status).toBe(200);
  });

  test('finalizers hold it', async () => {
    await client.post(`${core}/configmaps`, {
      ...configMap(name),
      metadata: { name, finalizers: ['example.com/hold'] },
    });
    const path = `${core}/configmaps/${name}`;
    const deleted = await client.delete(path);
    expect(deleted.status).toBe(200);
    const { body } = await client.get(path);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    expect(
      (await client.patch(path, { metadata: { finalizers: ['example.com/hold', 'example.com/new'] } }))
        .status,
    ).toBe(422);
    await client.patch(path, { metadata: { finalizers: null } });
    await eventually(
      () => client.get(path),
      ({ status }) => status === 404,
    );
  });

  test('a collection, by labels', async () => {
    for (const suffix of ['a', 'b'])
      await client.post(`${core}/configmaps`, configMap(`${name}-${suffix}`, {}, { run: name }));
    await client.post(`${core}/configmaps`, configMap(`${name}-c`));
    const deleted = await client.delete(`${core}/configmaps?labelSelector=run%3D${name}`);
    expect(deleted.status).toBe(200);
    expect((await client.get(`${core}/configmaps?labelSelector=run%3D${name}`)).body.items).toEqual([]);
    expect((await client.get(`${core}/configmaps/${name}-c`)).status).toBe(200);
  });

  test('what it owned is collected', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Background' });
    const { body } = await eventually(
      () => client.get(`${core}/configmaps/${name}-owned`),
      ({ status }) => status === 404,
      60_000,
    );
    expect(body.reason).toBe('NotFound');
  }, 70_000);

  test('or goes first', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    const watch = await client.watch(
      `${core}/configmaps?watch=1&resourceVersion=${owner.metadata.resourceVersion}`,
    );
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Foreground' });
    const gone = (events: readonly Json[]) =>
      events.filter(({ type, object }) => type === 'DELETED' && object.metadata.name.startsWith(name));
    await watch.until((events) => gone(events).length === 2, 60_000);
    expect(gone(watch.events).map(({ object }) => object.metadata.name)).toEqual([`${name}-owned`, name]);
    watch.close();
  }, 70_000);

  test('or stays as an orphan', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Orphan' });
    await eventually(
      () => client.get(`${core}/configmaps/${name}`),
      ({ status }) => status === 404,
      60_000,
    );
    const { status, body } = await client.get(`${core}/configmaps/${name}-owned`);
    expect(status).toBe(200);
    expect(body.metadata).not.toHaveProperty('ownerReferences');
  }, 70_000);

  test('a pod that never ran goes at once, and is the answer', async () => {
    await client.post(`${core}/pods`, pod(name));
    const deleted = await client.delete(`${core}/pods/${name}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).toMatchObject({ kind: 'Pod', metadata: { name } });
    expect((await client.get(`${core}/pods/${name}`)).status).toBe(404);
  });
});

test('namespaces take their content with them', async () => {
  await client.post('/api/v1/namespaces', { metadata: { name } });
  await client.post(`/api/v1/namespaces/${name}/configmaps`, {
    ...configMap('held'),
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
  });
  const deleted = await client.delete(`/api/v1/namespaces/${name}`);
  expect(deleted.status).toBe(200);
  await eventually(
    () => client.get(`/api/v1/namespaces/${name}/configmaps/held`),
    ({ body }) => body?.metadata?.deletionTimestamp !== undefined,
    60_000,
  );
  expect((await client.get(`/api/v1/namespaces/${name}`)).body.status.phase).toBe('Terminating');
  expect((await client.post(`/api/v1/namespaces/${name}/configmaps`, configMap('late'))).body).toMatchObject({
    code: 403,
    reason: 'Forbidden',
  });
  await client.patch(`/api/v1/namespaces/${name}/configmaps/held`, { metadata: { finalizers: null } });
  await eventually(
    () => client.get(`/api/v1/namespaces/${name}`),
    ({ status }) => status === 404,
    60_000,
  );
  expect((await client.delete('/api/v1/namespaces/default')).status).toBe(403);
}, 130_000);
