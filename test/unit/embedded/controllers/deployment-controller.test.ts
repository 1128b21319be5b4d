// The controller makes and ends pods in a real store; a stand-in for the runtime makes them ready and lets them go.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Deployment, DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';
import { DeploymentController } from '../../../../src/embedded/controllers/deployment-controller.ts';
import type { Pod } from '../../../../src/embedded/runtime/pod.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { eventually } from '../eventually.ts';
import { deploymentSample } from './deployment-fixture.ts';

let dir: string;
let store: ObjectStore;
let controller: DeploymentController;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-controller-'));
  store = openStore(join(dir, 'store'));
  controller = new DeploymentController(store, fail);
  await controller.start();
});

afterEach(async () => {
  await controller.stop();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

function fail(error: unknown): never {
  throw error;
}

function pods(): Pod[] {
  return store.list('pods', 'default').items as Pod[];
}

function deployment(name = 'web'): Deployment {
  return store.get('deployments', 'default', name) as Deployment;
}

function edit(spec: Partial<DeploymentSpec>) {
  return store.change('deployments', 'default', 'web', (object) => ({
    ...object,
    spec: { ...(object as Deployment).spec, ...spec },
  }));
}

async function setReady(pod: Pod, ready = true): Promise<void> {
  const condition = {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  await store.change('pods', 'default', pod.metadata.name, (object) => ({
    ...object,
    spec: { ...(object as Pod).spec, nodeName: 'embedded' },
    status: { phase: 'Running', conditions: [condition] },
  }));
}

async function havePods(count: number, what: (pod: Pod) => boolean = () => true): Promise<Pod[]> {
  return eventually(() => {
    const found = pods().filter(what);
    return found.length === count && found;
  }, pods);
}

test('pods are made from the template, owned and named after their Deployment', async () => {
  const { metadata } = await store.create('deployments', deploymentSample({ replicas: 2 }));
  const made = await havePods(2);
  for (const pod of made) {
    expect(pod.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(pod.metadata.labels).toEqual({ app: 'web' });
    expect(pod.metadata.annotations).toMatchObject({ note: 'from the template' });
    expect(pod.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'web',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    await setReady(pod);
  }
  await eventually(() => deployment().status?.availableReplicas === 2, deployment);
  expect(deployment().status).toMatchObject({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
  });
});

test('a pod that is gone comes back, one that leaves is replaced', async () => {
  await store.create('deployments', deploymentSample());
  const [first] = await havePods(1);
  if (first === undefined) throw new Error('there is one');
  await store.remove('pods', 'default', first.metadata.name);
  const [second] = await havePods(1);
  expect(second?.metadata.uid).not.toBe(first.metadata.uid);
  await store.change('pods', 'default', second?.metadata.name ?? '', (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
  }));
  await havePods(2);
});

test('scaling up and down is followed; running pods are ended gracefully', async () => {
  await store.create('deployments', deploymentSample({ replicas: 3 }));
  for (const pod of (await havePods(3)).slice(0, 2)) await setReady(pod);
  await edit({ replicas: 1 });
  // The unready one never ran and is gone; of the two others, one is told to end.
  const [leaving] = await havePods(1, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  await havePods(2);
  expect(leaving?.metadata.deletionGracePeriodSeconds).toBe(30);
  await eventually(
    () => deployment().status?.replicas === 1 && deployment().status?.observedGeneration === 2,
  );
});

test('a new template replaces pods once the new ones are ready', async () => {
  await store.create('deployments', deploymentSample());
  const [old] = await havePods(1);
  if (old === undefined) throw new Error('there is one');
  await setReady(old);
  await eventually(() => deployment().status?.availableReplicas === 1);
  const { template } = deployment().spec;
  await edit({ template: { ...template, spec: { containers: [{ name: 'web', image: 'web@sha256:1' }] } } });
  const both = await havePods(2);
  expect(both.every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  const fresh = both.find(({ metadata }) => metadata.uid !== old.metadata.uid);
  if (fresh === undefined) throw new Error('there is another one');
  await setReady(fresh);
  const [ended] = await havePods(1, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(ended?.metadata.uid).toBe(old.metadata.uid);
  expect(fresh.spec.containers[0]?.image).toBe('web@sha256:1');
});

test('a ready pod counts as available only after minReadySeconds', async () => {
  await store.create('deployments', deploymentSample({ minReadySeconds: 1 }));
  const [pod] = await havePods(1);
  if (pod === undefined) throw new Error('there is one');
  const lastTransitionTime = new Date().toISOString();
  await store.change('pods', 'default', pod.metadata.name, (object) => ({
    ...object,
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] },
  }));
  await eventually(() => deployment().status?.readyReplicas === 1);
  expect(deployment().status?.availableReplicas).toBeUndefined();
  await eventually(() => deployment().status?.availableReplicas === 1);
});

test('another controller goes on where one was cut off, and makes nothing twice', async () => {
  await store.create('deployments', deploymentSample({ replicas: 3 }));
  await controller.stop();
  const before = pods().length;
  await store.create('deployments', deploymentSample({ replicas: 2 }, 'api'));
  controller = new DeploymentController(store, fail);
  await controller.start();
  expect(before).toBeLessThanOrEqual(3);
  expect(
    pods()
      .map(({ metadata }) => metadata.labels?.['app'])
      .toSorted((a = '', b = '') => a.localeCompare(b)),
  ).toEqual(['api', 'api', 'web', 'web', 'web']);
  await controller.stop();
});

test('pods of others are left alone', async () => {
  const labels = { app: 'web' };
  const metadata = {
    name: 'mine',
    namespace: 'default',
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
    labels,
  };
  await store.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } });
  await store.create('deployments', deploymentSample({ replicas: 1 }));
  await havePods(2);
  await edit({ replicas: 0 });
  const [left] = await havePods(1);
  expect(left?.metadata.name).toBe('mine');
});
