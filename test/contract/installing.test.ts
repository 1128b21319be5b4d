// Installing routers and removing what fox made, as a Kubernetes API takes it: an embedded one always, and that of FOX_TEST_KUBECONFIG.
import type { V1ConfigMap, V1Deployment, V1Service } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endPause } from '../../src/actions/install.ts';
import type { ClusterSession } from '../../src/actions/session/cluster-session.ts';
import { requireEdge } from '../../src/actions/session/edge-address.ts';
import { uninstallFrom } from '../../src/actions/uninstall.ts';
import type { ApiClient } from '../../src/cluster/api/api-client.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import {
  applyInstallation,
  installedRouter,
  routerAddress,
} from '../../src/cluster/routers/router-installation.ts';
import { type RouterInstallation, routerObjects } from '../../src/cluster/routers/router-objects.ts';
import { FoxError } from '../../src/core/errors.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { label, managedBy, objectName } from '../../src/core/labels.ts';
import { epochKey, release, releaseKey } from '../../src/core/release.ts';
import { defaultRouterSettings } from '../../src/core/routing/router-settings.ts';
import { ApplyingCluster } from './applying-cluster.ts';

let cluster: ApplyingCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
  ({ client } = cluster);
});
afterEach(() => cluster.end());

// No pods: a cluster with nodes would ask for the image.
function wanted(change: Partial<RouterInstallation> = {}): RouterInstallation {
  return {
    namespace: client.namespace,
    foxVersion: '1.2.3',
    image: { name: 'registry.example.com/fox/router@sha256:abc', pullSecrets: [] },
    replicas: 0,
    serviceType: 'ClusterIP',
    settings: defaultRouterSettings,
    ...change,
  };
}

async function apply(change: Partial<RouterInstallation> = {}, force = false) {
  return applyInstallation(client, routerObjects(wanted(change)), { force });
}

async function failureOf(work: Promise<unknown>): Promise<FoxError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FoxError)) throw new Error('it was not refused', { cause: error });
  return error;
}

describe('installing', () => {
  test('creates what is missing, then changes nothing, then only what differs', async () => {
    expect((await apply()).every(({ action }) => action === 'created')).toBe(true);
    expect((await apply()).filter(({ action }) => action !== 'unchanged')).toEqual([]);
    const ingress = { host: 'orders.example.com' };
    const settings = { ...defaultRouterSettings, trustedProxies: ['10.0.0.0/8'] };
    const actions = (await apply({ ingress, serviceType: 'NodePort', settings })).map(({ kind, action }) => [
      kind,
      action,
    ]);
    expect(Object.fromEntries(actions)).toEqual({
      ServiceAccount: 'unchanged',
      Role: 'unchanged',
      RoleBinding: 'unchanged',
      Service: 'changed',
      ConfigMap: 'changed',
      Deployment: 'unchanged',
      PodDisruptionBudget: 'unchanged',
      Ingress: 'created',
    });
  });

  test('what a controller writes meanwhile is no change of ours', async () => {
    await apply();
    const get = client.get.bind(client);
    const spy = vi.spyOn(client, 'get').mockImplementation(async (resource, name) => {
      const found = await get(resource, name);
      if (resource === 'deployments') {
        const notes = { 'deployment.kubernetes.io/revision': String(Math.random()) };
        await client.patch('deployments', name, { metadata: { annotations: notes } });
      }
      return found;
    });
    const actions = await apply().finally(() => spy.mockRestore());
    expect(actions.filter(({ action }) => action !== 'unchanged')).toEqual([]);
  });

  test('what was chosen is known the next time, and what was changed since', async () => {
    expect(await installedRouter(client)).toBeUndefined();
    const url = 'https://orders.example.com';
    const settings = { ...defaultRouterSettings, internalNetworks: ['2001:db8::/32'], maxBody: 1024 };
    const platforms = ['linux/amd64', 'linux/arm64'];
    await apply({ serviceType: 'NodePort', url, base: 'node:24', platforms, settings });
    await client.patch('deployments', objectName.router, { spec: { replicas: 0 } }, 'scale');
    expect(await installedRouter(client)).toEqual({
      foxVersion: '1.2.3',
      replicas: 0,
      ready: 0,
      serviceType: 'NodePort',
      url,
      base: 'node:24',
      platforms,
      settings,
    });
  });

  test('routers that were scaled to none by somebody else are wanted again', async () => {
    await apply({ replicas: 1 });
    await client.patch('deployments', objectName.router, { spec: { replicas: 0 } }, 'scale');
    const paused = await installedRouter(client);
    expect(paused?.replicas).toBe(0);
    const said: unknown[] = [];
    const routers = { name: objectName.router, what: 'the routers were' };
    await endPause(client, routers, paused, 1, { emit: (event) => said.push(event) });
    expect(said).toMatchObject([{ type: 'warning', text: expect.stringContaining('scaled to 0') }]);
    await apply({ replicas: 1 });
    const running = await installedRouter(client);
    expect(running?.replicas).toBe(1);
    await endPause(client, routers, running, 1, { emit: (event) => said.push(event) });
    expect(said).toHaveLength(1);
  });

  test('a thing of that name that is not of fox is refused, before anything is changed', async () => {
    const metadata = { name: objectName.router, labels: { owner: 'somebody' } };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } };
    await client.create('services', service);
    const error = await failureOf(apply());
    expect(error).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Service fox-router exists'),
    });
    expect(await client.get('serviceaccounts', objectName.router)).toBeUndefined();
  });

  test('a field that somebody else manages is named and left alone, unless it is to be taken over', async () => {
    await apply();
    const path = `/apis/apps/v1/namespaces/${client.namespace}/deployments/${objectName.router}`;
    const theirs = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { minReadySeconds: 7, replicas: 0 } };
    const { status } = await cluster.applyAs('gitops', path, {
      ...theirs,
      spec: { template: { spec: { terminationGracePeriodSeconds: 5 } } },
    });
    expect(status).toBe(200);
    const error = await failureOf(apply());
    expect(error.code).toBe('CONFLICT');
    expect(error.details.join('\n')).toContain('spec.template.spec.terminationGracePeriodSeconds');
    expect(error.details.join('\n')).toContain('gitops');
    const grace = async () =>
      (await client.get<V1Deployment>('deployments', objectName.router))?.spec?.template.spec
        ?.terminationGracePeriodSeconds;
    expect(await grace()).toBe(5);
    await apply({}, true);
    expect(await grace()).toBe(60);
  });
});

describe('the address of the routers', () => {
  test('is only that of a proxy while nothing leads there', async () => {
    expect(await routerAddress(client)).toEqual({ via: 'proxy' });
    await apply();
    expect(await routerAddress(client)).toEqual({ via: 'proxy' });
    await apply({ serviceType: 'LoadBalancer' });
    expect(await routerAddress(client)).toEqual({ via: 'load-balancer' });
  });

  test('is the one that was chosen, else that of the load balancer', async () => {
    await apply({ serviceType: 'LoadBalancer' });
    const path = `/api/v1/namespaces/${client.namespace}/services/${objectName.router}/status`;
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } };
    const patched = await cluster.request('PATCH', path, { status }, 'application/merge-patch+json');
    expect(patched.status).toBe(200);
    expect(await routerAddress(client)).toEqual({ via: 'load-balancer', url: 'http://203.0.113.7' });
    await apply({ serviceType: 'LoadBalancer', url: 'https://orders.example.com' });
    expect(await routerAddress(client)).toEqual({ via: 'chosen', url: 'https://orders.example.com' });
  });
});

function session(): Pick<ClusterSession, 'cluster' | 'namespace'> {
  const dev = { kind: 'kubernetes', context: 'dev' } as ClusterSession['cluster'];
  return { cluster: dev, namespace: namespace() };
}

describe('a URL to look at where nothing leads to the routers', () => {
  const routers = [{ name: 'fox-router-1', epoch: 1, streams: [] }];

  test('is that of the proxy for a person, who is told so', async () => {
    await apply();
    const said: FoxEvent[] = [];
    const emit = (event: FoxEvent) => void said.push(event);
    expect(await requireEdge(session(), routers, { emit, isInteractive: true })).toBe(
      'http://127.0.0.1:8080',
    );
    expect(said).toMatchObject([{ type: 'warning', text: expect.stringContaining('fox proxy') }]);
  });

  test('is refused to a program, which could not reach it', async () => {
    await apply();
    const error = await failureOf(requireEdge(session(), routers, { emit: () => undefined }));
    expect(error.code).toBe('ROUTER_NOT_READY');
    for (const way of [
      'fox install',
      '--service-type',
      '--ingress',
      '--external-url',
      'fox proxy',
      '`fox open` with --external-url',
    ])
      expect(error.hints.join('\n')).toContain(way);
    await apply({ url: 'https://orders.example.com' });
    expect(await requireEdge(session(), routers, { emit: () => undefined })).toBe(
      'https://orders.example.com',
    );
  });
});

const context = { emit: () => undefined, signal: new AbortController().signal, user: 'tester' };
const ours = { [label.managedBy]: managedBy };

function namespace(): Namespace {
  return new Namespace(client, 'kubernetes', () => ({ image: 'x/y:1', pullSecrets: [] }));
}

async function uninstall(options: Parameters<typeof uninstallFrom>[1] = {}) {
  return uninstallFrom(namespace(), options, context);
}

/** Routers, a released version, a key, and things that aren't of fox. */
async function fill(): Promise<void> {
  await apply();
  await namespace().createEnvironment({ name: 'dev', vars: {} }, true);
  const request = { id: '1', by: 'tester', reason: '', at: '2026-01-01T00:00:00Z' };
  const record = release(undefined, { version: 'v1', manifestDigest: '0'.repeat(64) }, request);
  await namespace().updateReleases(() => ({ [releaseKey('dev', 'shop')]: JSON.stringify(record) }));
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: objectName.identity, labels: ours },
  };
  await client.create('secrets', secret);
  for (const name of ['theirs', 'fox-theirs']) {
    await client.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  }
  // Made by an administrator, from what fox prints.
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', rules: [] };
  await client.create('roles', { ...role, metadata: { name: 'fox-deployer', labels: ours } });
}

async function left(): Promise<string[]> {
  const kinds = [
    'services',
    'deployments',
    'configmaps',
    'secrets',
    'roles',
    'rolebindings',
    'leases',
  ] as const;
  const lists = await Promise.all(kinds.map(async (kind) => client.list<V1ConfigMap | V1Service>(kind)));
  const names = lists.flatMap(({ items }, place) =>
    items.map(({ metadata }) => `${kinds[place]}/${metadata?.name ?? ''}`),
  );
  return names.filter((name) => !name.endsWith('ca.crt')).toSorted();
}

describe('uninstalling', () => {
  const theirs = ['configmaps/fox-theirs', 'configmaps/theirs', 'roles/fox-deployer'];

  test('is refused while a version is released, and says which', async () => {
    await fill();
    const before = await left();
    const error = await failureOf(uninstall());
    expect(error).toMatchObject({ code: 'IN_USE', details: ['v1 of shop in dev'] });
    const routersOnly = await failureOf(uninstall({ routerOnly: true }));
    expect(routersOnly.hints).toEqual([
      expect.stringContaining('`fox uninstall --router-only --yes` leaves the apps running'),
    ]);
    expect((await left()).filter((name) => name !== `leases/${objectName.writeLease}`)).toEqual(
      before.filter((name) => name !== `leases/${objectName.writeLease}`),
    );
  });

  test('removes what is of fox and nothing else; the key stays until it is purged', async () => {
    await fill();
    const planned = await uninstall({ dryRun: true });
    const { items, kept } = await uninstall({ yes: true });
    expect(items.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
      expect.arrayContaining(planned.items.map(({ kind, name }) => `${kind}/${name}`)),
    );
    expect(kept).toMatchObject([{ kind: 'Secret', name: objectName.identity }]);
    expect(await left()).toEqual([...theirs, `secrets/${objectName.identity}`].toSorted());
    await uninstall({ purge: true });
    expect(await left()).toEqual(theirs);
    // The lock that it takes itself is nothing to tell of, and goes, too.
    for (const dryRun of [true, false]) expect((await uninstall({ dryRun })).items).toEqual([]);
    expect(await left()).toEqual(theirs);
  });

  test('of the routers only leaves versions and releases', async () => {
    await fill();
    const { items } = await uninstall({ routerOnly: true, yes: true });
    expect(items.every(({ what }) => what === 'router')).toBe(true);
    expect(await left()).toEqual(
      [
        ...theirs,
        `secrets/${objectName.identity}`,
        'configmaps/fox-env-dev',
        `configmaps/${objectName.releases}`,
        `leases/${objectName.writeLease}`,
      ].toSorted(),
    );
    const releases = await client.get<V1ConfigMap>('configmaps', objectName.releases);
    expect(releases?.data?.[epochKey]).toBe('1');
  });
});
