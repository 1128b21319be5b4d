// What fox applies, as a Kubernetes API takes it: runs on an embedded API always, and on the cluster of FOX_TEST_KUBECONFIG.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { V1Deployment, V1Pod, V1Service } from '@kubernetes/client-node';
import { Namespace } from '../../src/cluster/namespace.ts';
import { applyObject } from '../../src/cluster/api/apply.ts';
import { FoxError } from '../../src/core/errors.ts';
import { objectName } from '../../src/core/labels.ts';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import type { WorkloadSettings } from '../../src/core/version/pod-settings.ts';
import { planServices } from '../../src/core/plan/service-plan.ts';
import type { Workload } from '../../src/core/version/workload.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { everySetting, workloadWith } from '../unit/cluster/objects/workload-fixture.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ApplyingCluster, hasNodes, nodeImage } from './applying-cluster.ts';

const origin = { version: 'v1', commit: 'c'.repeat(40) };
const noNodes = 'no nodes: FOX_TEST_KUBECONFIG and FOX_TEST_REGISTRY name a cluster that has some';

/** A server for any image with node; as root and as anybody. */
const server = ['node', '-e', "require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT)"];

/** One image does for all; a cluster without nodes never asks for it. */
const imageOf = () => ({ image: hasNodes ? nodeImage : 'x/y:1', pullSecrets: ['s'] });

let cluster: ApplyingCluster;
let namespace: Namespace;

beforeEach(async () => {
  cluster = await ApplyingCluster.open();
  namespace = new Namespace(cluster.client, 'kubernetes', imageOf);
});
afterEach(() => cluster.end());

function nameOf({ app, component, hash }: Workload): string {
  return objectName.workload(app, component, hash);
}

async function deploymentOf(workload: Workload): Promise<V1Deployment> {
  const found = await cluster.client.get<V1Deployment>('deployments', nameOf(workload));
  if (found === undefined) throw new Error('the Deployment is gone');
  return found;
}

/** What is its maker's, not the controllers'. */
function wantedOf({ metadata, spec }: V1Deployment) {
  return { uid: metadata?.uid, generation: metadata?.generation, labels: metadata?.labels, spec };
}

async function failureOf(work: Promise<unknown>): Promise<FoxError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FoxError)) throw new Error('it was not refused', { cause: error });
  return error;
}

function settle(workload: Workload, settings: WorkloadSettings): Promise<void> {
  return namespace.settleWorkload({ workload, settings });
}

/** Autoscaler and budget of a workload, where they exist. */
async function existing(workload: Workload) {
  const [autoscaler, budget] = await Promise.all([
    cluster.client.get<object>('horizontalpodautoscalers', nameOf(workload)),
    cluster.client.get<object>('poddisruptionbudgets', nameOf(workload)),
  ]);
  return { autoscaler, budget };
}

const versions: VersionManifest[] = [manifestOf('v1', { web: {}, api: {} })];

async function planned(manifests = versions) {
  return planServices(manifests, (await namespace.observe()).services ?? []);
}

/** The Service of the component `web`. */
function service(): Promise<V1Service | undefined> {
  return cluster.client.get<V1Service>('services', 'web');
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

function readyPod(within: ApplyingCluster, { hash }: Workload): Promise<V1Pod> {
  const labelSelector = `kubefox.io/hash=${hash.slice(0, 40)}`;
  let seen: V1Pod[] = [];
  return eventually(
    async () => {
      seen = (await within.client.list<V1Pod>('pods', { labelSelector })).items;
      return seen.find(isReady);
    },
    () => seen.map(({ status }) => status),
    60_000,
  );
}

describe('a workload', () => {
  test('is taken with every setting, and nothing of it is dropped', async () => {
    const workload = workloadWith(everySetting);
    expect(await namespace.createWorkload(workload, origin)).toBe(true);
    const pod = (await deploymentOf(workload)).spec?.template;
    expect(pod?.metadata?.labels).toMatchObject({ team: 'a' });
    expect(pod?.spec).toMatchObject({
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 's' }],
      topologySpreadConstraints: [{ maxSkew: 1 }, { maxSkew: 1 }],
      tolerations: everySetting.tolerations,
      terminationGracePeriodSeconds: 5,
      volumes: [{ name: 'tmp', emptyDir: {} }],
      containers: [
        {
          resources: everySetting.resources,
          securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
          lifecycle: { preStop: { sleep: { seconds: 3 } } },
          startupProbe: { failureThreshold: 60 },
          livenessProbe: { httpGet: { path: '/live' } },
        },
      ],
    });
  });

  test('that exists is kept as it is', async () => {
    const workload = workloadWith();
    expect(await namespace.createWorkload(workload, origin)).toBe(true);
    const before = await deploymentOf(workload);
    expect(await namespace.createWorkload(workload, { ...origin, version: 'v2' })).toBe(false);
    expect(wantedOf(await deploymentOf(workload))).toEqual(wantedOf(before));
  });

  test.each([
    ['another workload whose hash begins alike', 'is another workload: their hashes begin alike', 'fox'],
    ['a Deployment of somebody else', "wasn't made by fox", 'helm'],
  ])('is not made over %s', async (_, why, manager) => {
    const workload = workloadWith();
    const alike = { ...workload, hash: `${'a'.repeat(20)}${'b'.repeat(44)}` };
    await namespace.createWorkload(alike, origin);
    const name = nameOf(workload);
    await cluster.client.patch('deployments', name, {
      metadata: { labels: { 'app.kubernetes.io/managed-by': manager } },
    });
    const before = await deploymentOf(workload);
    const error = await failureOf(namespace.createWorkload(workload, origin));
    expect(error).toMatchObject({
      code: 'CONFLICT',
      message: `Deployment ${name} exists and ${why}; it was left alone`,
    });
    expect(wantedOf(await deploymentOf(workload))).toEqual(wantedOf(before));
  });

  test('whose pod template has a word that Kubernetes doesn’t know is refused by name', async () => {
    const workload = workloadWith({ podTemplate: { spec: { prioritiClassName: 'x' } } });
    const error = await failureOf(namespace.createWorkload(workload, origin));
    expect(error.message).toContain('prioritiClassName');
    expect(await cluster.client.get('deployments', nameOf(workload))).toBeUndefined();
  });
});

describe('settings that are in no hash', () => {
  const all: WorkloadSettings = {
    autoscale: { min: 2, max: 5, cpu: 70 },
    disruptionBudget: { maxUnavailable: '50%' },
    maxSurge: 1,
    maxUnavailable: 0,
  };

  test('are applied, changed and taken back, without a new pod template', async () => {
    const workload = workloadWith();
    await namespace.createWorkload(workload, origin);
    const { uid } = (await deploymentOf(workload)).metadata ?? {};
    const template = (await deploymentOf(workload)).spec?.template;
    await settle(workload, all);
    expect((await deploymentOf(workload)).spec?.strategy).toMatchObject({
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    const made = await existing(workload);
    const owned = { metadata: { ownerReferences: [{ kind: 'Deployment', name: nameOf(workload), uid }] } };
    expect(made.autoscaler).toMatchObject({
      ...owned,
      spec: {
        minReplicas: 2,
        maxReplicas: 5,
        scaleTargetRef: { kind: 'Deployment', name: nameOf(workload) },
        metrics: [{ resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
      },
    });
    expect(made.budget).toMatchObject({ ...owned, spec: { maxUnavailable: '50%' } });
    expect(await namespace.autoscaled()).toEqual(new Set([nameOf(workload)]));

    await settle(workload, { disruptionBudget: { minAvailable: 1 } });
    const changed = await existing(workload);
    expect(changed.autoscaler).toBeUndefined();
    expect(changed.budget).toMatchObject({ spec: { minAvailable: 1 } });
    expect(changed.budget).not.toHaveProperty('spec.maxUnavailable');

    await settle(workload, {});
    expect(await existing(workload)).toEqual({ autoscaler: undefined, budget: undefined });
    const { spec, metadata } = await deploymentOf(workload);
    expect(metadata?.annotations).not.toHaveProperty('kubefox.io/settings');
    expect(spec?.strategy?.rollingUpdate).toMatchObject({ maxSurge: '25%', maxUnavailable: '25%' });
    expect(spec?.template).toEqual(template);
  });

  test('are noted as they were applied, and seen so', async () => {
    const workload = workloadWith();
    await namespace.createWorkload(workload, origin);
    await settle(workload, all);
    const [seen] = (await namespace.observe()).workloads;
    expect(JSON.parse(seen?.settings ?? '')).toEqual(all);
  });

  test('are only noted on a cluster that scales nothing', async () => {
    const workload = workloadWith();
    await namespace.createWorkload(workload, origin);
    await new Namespace(cluster.client).settleWorkload({ workload, settings: all });
    expect(await existing(workload)).toEqual({ autoscaler: undefined, budget: undefined });
    expect((await deploymentOf(workload)).metadata?.annotations).toHaveProperty('kubefox.io/settings');
  });

  test('of a workload that is gone harm nothing', async () => {
    await settle(workloadWith(), all);
    expect((await existing(workloadWith())).autoscaler).toBeUndefined();
  });
});

describe('Services', () => {
  test('lead each component’s name to the router; once applied, there is nothing left to do', async () => {
    await namespace.applyServices(await planned());
    expect(await service()).toMatchObject({
      spec: {
        selector: { 'app.kubernetes.io/name': 'fox-router', 'app.kubernetes.io/managed-by': 'fox' },
        ports: [
          { name: 'http', port: 80, targetPort: 'internal', protocol: 'TCP' },
          { name: 'http-8080', port: 8080, targetPort: 'internal', protocol: 'TCP' },
        ],
      },
    });
    expect(await planned()).toEqual({ apply: [], remove: [], foreign: [] });
  });

  test('gain and lose ports and components with the versions', async () => {
    const [v1] = versions;
    if (v1 === undefined) throw new Error('there is a version');
    const template = { command: ['x'], calls: [], env: {}, port: 3000 };
    const web = v1.components['web'];
    if (web === undefined) throw new Error('it has a component web');
    const v2 = { ...v1, version: 'v2', components: { web: { ...web, template } } };
    await namespace.applyServices(await planned([v1, v2]));
    expect((await service())?.spec?.ports?.map(({ port }) => port)).toEqual([80, 3000, 8080]);
    const rest = await planned([v2]);
    expect(rest.remove).toEqual(['api']);
    await namespace.applyServices(rest);
    await namespace.removeServices(rest);
    expect((await service())?.spec?.ports?.map(({ port }) => port)).toEqual([80, 3000]);
    expect(await cluster.client.get('services', 'api')).toBeUndefined();
  });

  test('of somebody else are neither changed nor removed', async () => {
    const foreign = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { a: 'b' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
    };
    const made = await cluster.client.create<V1Service>('services', foreign);
    const plan = await planned();
    expect(plan).toMatchObject({ foreign: ['web'], remove: [] });
    expect(plan.apply.map(({ name }) => name)).toEqual(['api']);
    await namespace.applyServices(plan);
    await namespace.removeServices(await planned([]));
    expect(await service()).toEqual(made);
  });

  test('of which somebody else manages fields are left alone, with each field and its manager; unless forced', async () => {
    const path = `/api/v1/namespaces/${cluster.client.namespace}/services/web`;
    await namespace.applyServices(await planned());
    const theirs = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 9999 }] },
    };
    expect((await cluster.applyAs('argocd', path, theirs)).status).toBe(200);
    const before = await service();
    const plan = await planned();
    expect(plan.apply.map(({ name }) => name)).toEqual(['web']);
    const error = await failureOf(namespace.applyServices(plan));
    expect(error).toMatchObject({
      code: 'CONFLICT',
      message: 'Service web was left alone: a field is managed by somebody else',
      details: ['spec.ports[port=80,protocol="TCP"].targetPort: managed by "argocd"'],
    });
    expect(error.hints.join(' ')).toContain('--force-conflicts');
    expect(await service()).toEqual(before);
    await namespace.applyServices(plan, { force: true });
    expect(await planned()).toMatchObject({ apply: [] });
  });
});

test('an object can be applied twice without a change', async () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'fox-router', labels: { a: 'b' } },
  };
  const first = await applyObject<V1Service>(cluster.client, 'serviceaccounts', object);
  const second = await applyObject<V1Service>(cluster.client, 'serviceaccounts', object);
  expect(second.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
});

describe.skipIf(!hasNodes)(`on nodes${hasNodes ? '' : ` (${noNodes})`}`, () => {
  test('a root image runs with the safe defaults', async () => {
    // What images do at their start: give a file to the user that they become.
    const start = `const fs = require('fs');
      fs.writeFileSync('/tmp/x', ''); fs.chownSync('/tmp/x', 1000, 1000);
      process.setgid(1000); process.setuid(1000);`;
    const command = ['node', '-e', `${start} ${server[2]}`];
    const workload = workloadWith({ command });
    await namespace.createWorkload(workload, origin);
    expect((await readyPod(cluster, workload)).metadata?.name).toContain(nameOf(workload));
  });

  test('one with every setting gets ready', async () => {
    const metadata = { name: 'given' };
    await cluster.client.create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { key: 'x' },
    });
    await cluster.client.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { key: 'y' },
    });
    const workload = workloadWith({ ...everySetting, command: server });
    await namespace.createWorkload(workload, origin);
    expect(await readyPod(cluster, workload)).toBeDefined();
  });

  test('one that isn’t root is allowed where the Pod Security Standard "restricted" is enforced', async () => {
    const strict = await ApplyingCluster.open({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    try {
      const workload = workloadWith({
        command: server,
        securityContext: { runAsNonRoot: true, runAsUser: 1000 },
      });
      await new Namespace(strict.client, 'kubernetes', imageOf).createWorkload(workload, origin);
      expect(await readyPod(strict, workload)).toBeDefined();
    } finally {
      await strict.end();
    }
  });

  test('autoscaler and budget leave with their workload', async () => {
    const workload = workloadWith({ command: server });
    await namespace.createWorkload(workload, origin);
    const settings = {
      autoscale: { min: 1, max: 2, cpu: 80 },
      disruptionBudget: { minAvailable: 1 },
    };
    await namespace.settleWorkload({ workload, settings });
    await namespace.deleteWorkload(nameOf(workload));
    const isLeft = async () => Object.values(await existing(workload)).every((each) => each === undefined);
    expect(await eventually(isLeft, () => 'they are still there', 60_000)).toBe(true);
  });
});
