// Deployment, ReplicaSets and pods of any Kubernetes cluster: from the template to the log of what runs.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ApiClient,
  eventually,
  type Json,
  runningDeployment,
  runsPods,
  testNamespace,
} from './cluster-under-test.ts';

const scope = testNamespace();
const { core, apps } = scope;
const patience = 25_000;

/** A patch that makes the program say something else. */
function greeting(text: string) {
  const env = [{ name: 'GREETING', value: text }];
  return { spec: { template: { spec: { containers: [{ name: 'main', env }] } } } };
}

function isPaused({ status }: Json): boolean {
  return status.conditions.some(({ reason }: Json) => reason === 'DeploymentPaused');
}

describe.skipIf(!runsPods)('workloads', () => {
  let client: ApiClient;
  let name = '';
  let path = '';
  beforeEach(() => {
    client = scope.client();
    name = scope.newName();
    path = `${apps}/deployments/${name}`;
  });
  afterEach(async () => {
    await client.delete(path, { propagationPolicy: 'Background' });
  });

  async function make(replicas = 1): Promise<Json> {
    const image = scope.cluster().image ?? '';
    const { status, body } = await client.post(
      `${apps}/deployments`,
      runningDeployment(name, image, replicas),
    );
    expect(status).toBe(201);
    return body;
  }

  async function listed(resource: string): Promise<Json[]> {
    const root = resource === 'pods' ? core : apps;
    return (await client.get(`${root}/${resource}?labelSelector=app%3D${name}`)).body.items;
  }

  function available(count: number): Promise<Json> {
    const isThere = ({ metadata, status }: Json) =>
      status.observedGeneration === metadata.generation &&
      (status.availableReplicas ?? 0) === count &&
      (status.updatedReplicas ?? 0) === count &&
      (status.replicas ?? 0) === count;
    return eventually(async () => (await client.get(path)).body, isThere, patience);
  }

  function strategic(body: unknown) {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    return client.request('PATCH', path, { body, headers });
  }

  test('a Deployment makes a ReplicaSet, that makes pods, and they become ready', async () => {
    const { metadata } = await make(2);
    const ready = await available(2);
    expect(ready.metadata.annotations['deployment.kubernetes.io/revision']).toBe('1');
    const [set, ...others] = await listed('replicasets');
    expect(others).toEqual([]);
    const hash = set.metadata.labels['pod-template-hash'];
    expect(set.metadata.name).toBe(`${name}-${hash}`);
    expect(set.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name,
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(set.status).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
    const pods = await listed('pods');
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod.metadata.name.startsWith(`${set.metadata.name}-`)).toBe(true);
      expect(pod.metadata.labels).toEqual({ app: name, 'pod-template-hash': hash });
      expect(pod.metadata.ownerReferences[0]).toMatchObject({ kind: 'ReplicaSet', uid: set.metadata.uid });
      expect(pod.status.phase).toBe('Running');
      expect(pod.status.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
      expect(pod.status.containerStatuses[0]).toMatchObject({ name: 'main', ready: true, restartCount: 0 });
    }
    const conditions = Object.fromEntries(
      ready.status.conditions.map(({ type, status, reason }: Json) => [type, `${status} ${reason}`]),
    );
    expect(conditions).toEqual({
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
  });

  test('logs say what the program said', async () => {
    await make();
    await available(1);
    const [pod] = await listed('pods');
    const log = `${core}/pods/${pod.metadata.name}/log`;
    expect((await client.get(log)).text).toBe('hello is served\n');
    expect((await client.get(`${log}?container=main&tailLines=1&timestamps=true`)).text).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z hello is served\n$/,
    );
    expect((await client.get(`${log}?container=other`)).status).toBe(400);
  });

  test('scale makes and ends pods', async () => {
    await make();
    await available(1);
    const scaled = await client.patch(`${path}/scale`, { spec: { replicas: 3 } });
    expect(scaled.body).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    await available(3);
    await client.patch(`${path}/scale`, { spec: { replicas: 0 } });
    await available(0);
    await eventually(
      () => listed('pods'),
      (pods) => pods.length === 0,
      patience,
    );
    expect(await listed('replicasets')).toHaveLength(1);
  });

  test('a new template gets a ReplicaSet of its own, and an old one is used again', async () => {
    await make();
    await available(1);
    const [first] = await listed('replicasets');
    expect((await strategic(greeting('moved'))).status).toBe(200);
    const moved = await available(1);
    expect(moved.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
    const sets = await listed('replicasets');
    expect(sets.map(({ spec }) => spec.replicas).toSorted((a, b) => a - b)).toEqual([0, 1]);
    await strategic(greeting('hello'));
    const back = await available(1);
    expect(back.metadata.annotations['deployment.kubernetes.io/revision']).toBe('3');
    const again = (await listed('replicasets')).find(({ spec }) => spec.replicas === 1);
    expect(again?.metadata.uid).toBe(first.metadata.uid);
  });

  test('a pod that is deleted is replaced', async () => {
    await make();
    await available(1);
    const [pod] = await listed('pods');
    await client.delete(`${core}/pods/${pod.metadata.name}`);
    await eventually(
      () => listed('pods'),
      (pods) => pods.length === 1 && pods[0].metadata.uid !== pod.metadata.uid,
      patience,
    );
    expect((await available(1)).status.readyReplicas).toBe(1);
  });

  test('deleted in the background, it takes everything with it; as orphans, nothing', async () => {
    await make();
    await available(1);
    const [set] = await listed('replicasets');
    await client.delete(path, { propagationPolicy: 'Orphan' });
    const orphan = await eventually(
      async () => (await client.get(`${apps}/replicasets/${set.metadata.name}`)).body,
      ({ metadata }) => metadata.ownerReferences === undefined,
    );
    expect(orphan.metadata.uid).toBe(set.metadata.uid);
    expect(await listed('pods')).toHaveLength(1);
    await eventually(
      () => client.get(path),
      ({ status }) => status === 404,
      patience,
    );
    // One that has its labels takes it over.
    await make();
    await available(1);
    expect(await listed('replicasets')).toHaveLength(1);
    await client.delete(path, { propagationPolicy: 'Background' });
    await eventually(
      async () => [...(await listed('replicasets')), ...(await listed('pods'))],
      (left) => left.length === 0,
      patience,
    );
  });

  test('deleted in the foreground, it goes last', async () => {
    await make();
    await available(1);
    const deleted = await client.delete(path, { propagationPolicy: 'Foreground' });
    expect(deleted.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await eventually(
      () => client.get(path),
      ({ status }) => status === 404,
      patience,
    );
    expect(await listed('pods')).toEqual([]);
  });

  test('a paused Deployment changes nothing until it is resumed', async () => {
    await make();
    await available(1);
    await client.patch(path, { spec: { paused: true } });
    await strategic(greeting('later'));
    await eventually(async () => (await client.get(path)).body, isPaused);
    expect(await listed('replicasets')).toHaveLength(1);
    await client.patch(path, { spec: { paused: false } });
    await available(1);
    expect(await listed('replicasets')).toHaveLength(2);
  });
});
