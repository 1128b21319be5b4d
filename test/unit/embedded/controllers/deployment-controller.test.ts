// The controllers make and end ReplicaSets and pods in a real store; a stand-in for the runtime makes them ready and lets them go.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Deployment, DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';
import type { ReplicaSet } from '../../../../src/embedded/controllers/replica-set.ts';
import { startControllers } from '../../../../src/embedded/controllers/start-controllers.ts';
import type { Pod } from '../../../../src/embedded/runtime/pod.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { eventually } from '../eventually.ts';
import { deploymentSample } from './deployment-fixture.ts';

let dir: string;
let store: ObjectStore;
let stop: () => Promise<void>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-controller-'));
  store = openStore(join(dir, 'store'));
  stop = await startControllers(store, fail);
});

afterEach(async () => {
  await stop();
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

function sets(): ReplicaSet[] {
  return store.list('replicasets', 'default').items as ReplicaSet[];
}

test('a ReplicaSet is made from the template, and pods of it: each labelled, owned and named after its maker', async () => {
  const { metadata } = await store.create('deployments', deploymentSample({ replicas: 2 }));
  const made = await havePods(2);
  const [set] = sets();
  const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  expect(set?.metadata).toMatchObject({ name: `web-${hash}`, labels: { app: 'web' } });
  expect(set?.spec.selector).toEqual({ matchLabels: { app: 'web', 'pod-template-hash': hash } });
  const controller = { apiVersion: 'apps/v1', controller: true, blockOwnerDeletion: true };
  expect(set?.metadata.ownerReferences).toEqual([
    { ...controller, kind: 'Deployment', name: 'web', uid: metadata.uid },
  ]);
  for (const pod of made) {
    expect(pod.metadata.name).toMatch(new RegExp(`^web-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
    expect(pod.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(pod.metadata.annotations).toEqual({ note: 'from the template' });
    expect(pod.metadata.ownerReferences).toEqual([
      { ...controller, kind: 'ReplicaSet', name: `web-${hash}`, uid: set?.metadata.uid },
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
  expect(deployment().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
});

test('going back to an earlier template uses its ReplicaSet again, as the newest revision', async () => {
  await store.create('deployments', deploymentSample());
  const { template } = deployment().spec;
  await havePods(1);
  await edit({ template: { ...template, spec: { containers: [{ name: 'web', image: 'web@sha256:1' }] } } });
  await eventually(() => sets().length === 2, sets);
  await edit({ template });
  const revision = () => deployment().metadata.annotations?.['deployment.kubernetes.io/revision'];
  await eventually(() => revision() === '3', deployment);
  expect(sets()).toHaveLength(2);
});

test('ReplicaSets beyond the history are removed', async () => {
  await store.create('deployments', deploymentSample({ replicas: 0, revisionHistoryLimit: 1 }));
  for (const image of ['a', 'b', 'c']) {
    const before = deployment().metadata.annotations?.['deployment.kubernetes.io/revision'];
    const { template } = deployment().spec;
    await edit({ template: { ...template, spec: { containers: [{ name: 'web', image }] } } });
    await eventually(
      () => deployment().metadata.annotations?.['deployment.kubernetes.io/revision'] !== before,
      deployment,
    );
  }
  expect(await eventually(() => sets().length === 2, sets)).toBe(true);
});

test('orphans are adopted by what has their labels', async () => {
  await store.create('deployments', deploymentSample());
  const [pod] = await havePods(1);
  const [set] = sets();
  if (pod === undefined || set === undefined) throw new Error('there is one');
  await store.change('replicasets', 'default', set.metadata.name, ({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, ownerReferences: [] },
  }));
  await store.remove('deployments', 'default', 'web');
  const { metadata } = await store.create('deployments', deploymentSample());
  await eventually(() => sets()[0]?.metadata.ownerReferences?.[0]?.uid === metadata.uid, sets);
  expect(sets()).toHaveLength(1);
  expect(pods().map((one) => one.metadata.uid)).toEqual([pod.metadata.uid]);
});

test('pods that a Deployment made itself, as earlier versions of fox did, are made anew', async () => {
  await stop();
  const owner = await store.create('deployments', deploymentSample());
  const { name, uid } = owner.metadata;
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true };
  const metadata = {
    name: 'web-old',
    namespace: 'default',
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
    labels: { app: 'web' },
    ownerReferences: [reference],
  };
  const spec = { nodeName: 'embedded', containers: [] };
  await store.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: { phase: 'Running' } });
  stop = await startControllers(store, fail);
  const [pod] = await havePods(1);
  expect(pod?.metadata.ownerReferences?.[0]?.kind).toBe('ReplicaSet');
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
  expect(await havePods(2)).toHaveLength(2);
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
  await stop();
  const before = pods().length;
  await store.create('deployments', deploymentSample({ replicas: 2 }, 'api'));
  stop = await startControllers(store, fail);
  expect(before).toBeLessThanOrEqual(3);
  expect(
    pods()
      .map(({ metadata }) => metadata.labels?.['app'])
      .toSorted((a = '', b = '') => a.localeCompare(b)),
  ).toEqual(['api', 'api', 'web', 'web', 'web']);
});

test('pods of others are left alone', async () => {
  const labels = { app: 'another' };
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
