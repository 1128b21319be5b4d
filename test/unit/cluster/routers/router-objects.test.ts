// What fox install applies: routers that may do little, and are found by what leads to them.
import type { KubernetesObject, V1Deployment, V1Ingress, V1Role, V1Service } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import {
  type HttpRoute,
  type RouterInstallation,
  routerObjects,
} from '../../../../src/cluster/routers/router-objects.ts';
import { defaultRouterSettings } from '../../../../src/core/routing/router-settings.ts';
import { serviceObject } from '../../../../src/cluster/objects/service-object.ts';

const plain: RouterInstallation = {
  namespace: 'orders',
  foxVersion: '1.2.3',
  image: { name: 'registry.example.com/fox/router@sha256:abc', pullSecrets: [] },
  replicas: 2,
  serviceType: 'ClusterIP',
  settings: defaultRouterSettings,
};

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the kind decides the type
function objectOf<T extends KubernetesObject>(kind: string, change: Partial<RouterInstallation> = {}): T {
  const found = routerObjects({ ...plain, ...change }).find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found as T;
}

/** The pod of the routers' Deployment, whose parts must be there. */
function pod(change: Partial<RouterInstallation> = {}) {
  const { template, ...rest } = objectOf<V1Deployment>('Deployment', change).spec ?? { template: {} };
  const [container] = template?.spec?.containers ?? [];
  if (template?.spec === undefined || container === undefined) throw new Error('no container');
  return { ...rest, labels: template.metadata?.labels ?? {}, spec: template.spec, container };
}

test('each object has a name and a namespace, and says that it is of fox, and of which', () => {
  const gateway = { name: 'edge' };
  const objects = routerObjects({ ...plain, ingress: { host: 'a.example.com' }, gateway });
  expect(objects.map(({ kind }) => kind)).toEqual([
    'ServiceAccount',
    'Role',
    'RoleBinding',
    'Service',
    'ConfigMap',
    'Deployment',
    'PodDisruptionBudget',
    'Ingress',
    'HTTPRoute',
  ]);
  for (const { kind, metadata } of objects) {
    const what = kind === 'ConfigMap' ? 'router-settings' : 'router';
    expect(metadata).toMatchObject({
      name: 'fox-router',
      namespace: 'orders',
      labels: { 'app.kubernetes.io/managed-by': 'fox', 'kubefox.io/kind': what },
      annotations: { 'kubefox.io/fox-version': '1.2.3' },
    });
  }
});

test('routers may read what they route by and write Leases, and nothing more', () => {
  expect(objectOf<V1Role>('Role').rules).toEqual([
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'patch'] },
  ]);
});

test('their process has no rights on its node', () => {
  const { spec, container } = pod();
  expect(spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65_532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container.resources?.limits).toHaveProperty('memory');
});

test('an upgrade has the new one ready before an old one ends, and gives that one time', () => {
  const { strategy, spec } = pod();
  expect(strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  // It is drained for 10 s and then finishes for up to 30 s.
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(40);
});

describe('what leads to them', () => {
  test.each([
    ['their own Service', objectOf<V1Service>('Service')],
    ["a component's Service", serviceObject({ name: 'api', ports: [80, 8080] })],
  ])('%s selects their pods, and ports that they have', (_, service) => {
    const { labels, container } = pod();
    expect(labels).toMatchObject(service.spec?.selector ?? { none: '' });
    const names = (container.ports ?? []).map(({ name }) => name);
    for (const { targetPort } of service.spec?.ports ?? []) expect(names).toContain(targetPort);
  });

  test('their Service never leads to the internal port', () => {
    for (const serviceType of ['ClusterIP', 'NodePort', 'LoadBalancer'] as const) {
      const { spec } = objectOf<V1Service>('Service', { serviceType });
      expect(spec).toMatchObject({ type: serviceType, ports: [{ port: 80, targetPort: 'edge' }] });
    }
  });

  test('probes have a port of their own', () => {
    const { container } = pod();
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'health' });
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'health' });
  });

  test('an Ingress leads its host there, of the class that was asked for', () => {
    const ingress = objectOf<V1Ingress>('Ingress', {
      ingress: { host: 'a.example.com', className: 'nginx' },
    });
    expect(ingress.spec).toMatchObject({
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'a.example.com',
          http: { paths: [{ backend: { service: { name: 'fox-router', port: { name: 'http' } } } }] },
        },
      ],
    });
    const plainIngress = objectOf<V1Ingress>('Ingress', { ingress: { host: 'a.example.com' } });
    expect(plainIngress.spec).not.toHaveProperty('ingressClassName');
  });

  test.each([
    ['edge', [{ name: 'edge' }]],
    ['infra/edge', [{ name: 'edge', namespace: 'infra' }]],
  ])('an HTTPRoute belongs to the Gateway %s', (name, parentRefs) => {
    const route = objectOf<HttpRoute>('HTTPRoute', { gateway: { name, hostname: 'a.example.com' } });
    expect(route.spec).toEqual({
      parentRefs,
      hostnames: ['a.example.com'],
      rules: [{ backendRefs: [{ name: 'fox-router', port: 80 }] }],
    });
  });
});

test('an image that is only in the node is never pulled, others by the credentials of their Secrets', () => {
  expect(
    pod({ image: { name: 'fox.local/fox/router:1', pullPolicy: 'Never', pullSecrets: [] } }).container,
  ).toMatchObject({
    image: 'fox.local/fox/router:1',
    imagePullPolicy: 'Never',
  });
  expect(pod({ image: { name: 'r/fox/router', pullSecrets: ['fox-pull'] } }).spec.imagePullSecrets).toEqual([
    { name: 'fox-pull' },
  ]);
  expect(pod().spec).not.toHaveProperty('imagePullSecrets');
});
