// A workload with settings, as tests of its objects need it.
import type { PodTemplate } from '../../../../src/core/version/manifest.ts';
import type { WorkloadSettings } from '../../../../src/core/version/pod-settings.ts';
import type { Workload } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';

/** A workload `web` of the app `shop`. `hash`: its first digit, repeated. */
export function workloadWith(
  template: Partial<PodTemplate> = {},
  { settings, hash = 'a' }: { settings?: WorkloadSettings; hash?: string } = {},
): Workload {
  const definition = manifestOf('v1', { web: {} }).components['web'];
  if (definition === undefined) throw new Error('the app has a component web');
  return {
    app: 'shop',
    component: 'web',
    hash: hash.repeat(64),
    secrets: {},
    env: { COLOR: 'red' },
    definition: {
      ...definition,
      template: { ...definition.template, ...template },
      ...(settings === undefined ? {} : { settings }),
    },
  };
}

/** Every setting that a component can have. */
export const everySetting: Partial<PodTemplate> = {
  healthPath: '/ok',
  resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '256Mi' } },
  probes: {
    readiness: { period: 1, timeout: 1, failures: 2 },
    startup: { path: '/started', failures: 60 },
    liveness: { path: '/live', period: 5, timeout: 2 },
  },
  securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, readOnlyRootFilesystem: true },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
  topologySpread: ['node', 'zone'],
  terminationGracePeriod: 5,
  references: { SECRET: 'secret/given/key', PLAIN: 'configMap/given/key' },
  podTemplate: {
    metadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
    spec: {
      volumes: [{ name: 'tmp', emptyDir: {} }],
      containers: [{ name: 'web', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }],
    },
  },
};
