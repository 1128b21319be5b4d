// The Deployment of a workload: what stands in it without a word of the config, and what each setting adds.
import { describe, expect, test } from 'vitest';
import { securityContext } from '../../../../src/cluster/objects/security-context.ts';
import { workloadObject } from '../../../../src/cluster/objects/workload-object.ts';
import type { Json } from '../../../../src/core/version/canonical.ts';
import type { PodTemplate } from '../../../../src/core/version/manifest.ts';
import { everySetting, workloadWith } from './workload-fixture.ts';

const origin = { version: 'v1', commit: 'c' };
const image = { image: 'registry/shop/web@sha256:1' };

function podOf(template: Partial<PodTemplate>, how = image) {
  const pod = workloadObject(workloadWith(template), origin, how).spec?.template;
  return { metadata: pod?.metadata, spec: pod?.spec, container: pod?.spec?.containers[0] };
}

describe('without settings', () => {
  test('a pod has safe defaults and no more', () => {
    const { spec } = podOf({});
    expect(spec).toEqual({
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'web',
          image: 'registry/shop/web@sha256:1',
          command: ['node', 'server.js'],
          ports: [{ name: 'http', containerPort: 8080 }],
          env: expect.arrayContaining([{ name: 'PORT', value: '8080' }]) as unknown,
          securityContext: securityContext(),
          readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 2, timeoutSeconds: 2 },
          lifecycle: { preStop: { sleep: { seconds: 3 } } },
        },
      ],
    });
  });

  test('an image without a command of the component runs what it says itself', () => {
    expect(podOf({ command: [] }).container).not.toHaveProperty('command');
  });
});

describe('an image', () => {
  test('is named, pulled and paid for as its store says', () => {
    const { spec, container } = podOf({}, {
      image: 'fox.local/shop/web:1',
      pullPolicy: 'Never',
      pullSecrets: ['fox-registry'],
    } as typeof image);
    expect(container).toMatchObject({ image: 'fox.local/shop/web:1', imagePullPolicy: 'Never' });
    expect(spec?.imagePullSecrets).toEqual([{ name: 'fox-registry' }]);
  });
});

describe('the security context', () => {
  test('leaves to root what it needs to become another user, and gains nothing', () => {
    expect(securityContext()).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: {
        drop: ['ALL'],
        add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'],
      },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test.each([{ runAsNonRoot: true }, { runAsUser: 1 }])('%j leaves no capability', (given) => {
    expect(securityContext(given)).toMatchObject({ ...given, capabilities: { drop: ['ALL'] } });
    expect(securityContext(given).capabilities).not.toHaveProperty('add');
  });

  test('is what the config says where it says something', () => {
    const given = { allowPrivilegeEscalation: true, capabilities: { add: ['NET_RAW'] } };
    expect(securityContext(given)).toEqual({ ...given, seccompProfile: { type: 'RuntimeDefault' } });
  });
});

describe('settings', () => {
  test('stand where Kubernetes looks for them', () => {
    const { spec, container, metadata } = podOf(everySetting);
    expect(container).toMatchObject({
      resources: everySetting.resources,
      startupProbe: {
        httpGet: { path: '/started', port: 'http' },
        periodSeconds: 2,
        timeoutSeconds: 2,
        failureThreshold: 60,
      },
      readinessProbe: {
        httpGet: { path: '/ok', port: 'http' },
        periodSeconds: 1,
        timeoutSeconds: 1,
        failureThreshold: 2,
      },
      livenessProbe: { httpGet: { path: '/live', port: 'http' }, periodSeconds: 5, timeoutSeconds: 2 },
      securityContext: { runAsUser: 1000, readOnlyRootFilesystem: true },
      env: expect.arrayContaining([
        { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'given', key: 'key' } } },
        { name: 'PLAIN', valueFrom: { configMapKeyRef: { name: 'given', key: 'key' } } },
      ]) as unknown,
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    });
    const { hash } = workloadWith();
    const matchLabels = {
      'kubefox.io/app': 'shop',
      'kubefox.io/component': 'web',
      'kubefox.io/hash': hash.slice(0, 40),
    };
    expect(spec).toMatchObject({
      nodeSelector: everySetting.nodeSelector,
      tolerations: everySetting.tolerations,
      terminationGracePeriodSeconds: 5,
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
        (topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels },
        }),
      ),
      volumes: [{ name: 'tmp', emptyDir: {} }],
    });
    expect(metadata?.labels).toMatchObject({ ...matchLabels, team: 'a' });
    expect(metadata?.annotations).toMatchObject({ note: 'b', 'kubefox.io/calls': '' });
  });

  test('a probe without a path of its own asks the health path, and without that for a connection', () => {
    const probes = { liveness: {}, startup: {} };
    expect(podOf({ healthPath: '/ok', probes }).container).toMatchObject({
      livenessProbe: { httpGet: { path: '/ok' }, periodSeconds: 10, timeoutSeconds: 5 },
      startupProbe: { httpGet: { path: '/ok' }, failureThreshold: 30 },
    });
    expect(podOf({ probes }).container).toMatchObject({
      livenessProbe: { tcpSocket: { port: 'http' } },
      startupProbe: { tcpSocket: { port: 'http' } },
    });
  });

  test('a ServiceAccount brings its token', () => {
    const { spec } = podOf({ serviceAccount: 'web' });
    expect(spec).toMatchObject({ serviceAccountName: 'web' });
    expect(spec).not.toHaveProperty('automountServiceAccountToken');
  });

  test.each([
    [1, undefined],
    [2, 1],
    [3, 2],
    [4, 3],
    [60, 3],
  ])('with %i s to end, a pod goes on serving for %s s', (terminationGracePeriod, seconds) => {
    const lifecycle = podOf({ terminationGracePeriod }).container?.lifecycle;
    expect(lifecycle?.preStop?.sleep?.seconds).toBe(seconds);
  });
});

/** The pod with a spec merged over it. */
function overlay(spec: { readonly [key: string]: Json }) {
  return podOf({ podTemplate: { spec } });
}

describe('a pod template', () => {
  test('adds to the container that has the component’s name, and further ones', () => {
    const { spec, container } = overlay({
      containers: [
        { name: 'side', image: 'x' },
        {
          name: 'web',
          env: [{ name: 'MORE', value: '1' }],
          ports: [{ containerPort: 9090, name: 'metrics' }],
        },
      ],
      initContainers: [{ name: 'first', image: 'y' }],
    });
    expect(spec?.containers.map(({ name }) => name)).toEqual(['web', 'side']);
    expect(container?.env).toEqual(
      expect.arrayContaining([
        { name: 'PORT', value: '8080' },
        { name: 'MORE', value: '1' },
      ]),
    );
    expect(container?.ports).toEqual([
      { name: 'http', containerPort: 8080 },
      { name: 'metrics', containerPort: 9090 },
    ]);
    expect(spec?.initContainers).toEqual([{ name: 'first', image: 'y' }]);
  });

  test('takes away with null, and replaces what is no map', () => {
    const { spec, container } = overlay({
      enableServiceLinks: true,
      containers: [
        { name: 'web', lifecycle: null, readinessProbe: { tcpSocket: null, exec: { command: ['ok'] } } },
      ],
    });
    expect(spec?.enableServiceLinks).toBe(true);
    expect(container).not.toHaveProperty('lifecycle');
    expect(container?.readinessProbe).toEqual({
      exec: { command: ['ok'] },
      periodSeconds: 2,
      timeoutSeconds: 2,
    });
  });
});
