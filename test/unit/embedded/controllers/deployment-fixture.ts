// Deployments and pods as tests of their controller need them.
import type { Deployment, DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';

/** A Deployment of the namespace `default`. */
export function deploymentSample(spec: Partial<DeploymentSpec> = {}, name = 'web'): Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'default',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      generation: 1,
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { note: 'from the template' } },
        spec: { containers: [{ name: 'web', image: 'web@sha256:0' }] },
      },
      ...spec,
    },
  };
}
