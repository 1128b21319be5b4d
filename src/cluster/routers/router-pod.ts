// The pod of a router: one process without any rights on its node, with probes on a port of their own.
import type { V1Container, V1PodTemplateSpec } from '@kubernetes/client-node';
import { annotation } from '../../core/labels.ts';
import {
  identityArguments,
  identityVariables,
  type ProgramImage,
  programPod,
  programSecurity,
} from './program-pod.ts';

/** What a router's pod is made of. */
export interface RouterPod {
  readonly labels: Readonly<Record<string, string>>;
  /** Those of the labels that tell routers' pods from all others. */
  readonly selector: Readonly<Record<string, string>>;
  readonly foxVersion: string;
  readonly image: ProgramImage;
}

const ports = { edge: 8080, internal: 8081, health: 8082 } as const;

/**
 * Longer than a router goes on serving after it was told to end (10 s), and then waits for requests to finish (30 s).
 */
const graceSeconds = 60;

/** The template of routers' pods. */
export function routerPodTemplate({ labels, selector, foxVersion, image }: RouterPod): V1PodTemplateSpec {
  const elsewhere = {
    labelSelector: { matchLabels: { ...selector } },
    topologyKey: 'kubernetes.io/hostname',
  };
  return {
    metadata: { labels: { ...labels }, annotations: { [annotation.foxVersion]: foxVersion } },
    spec: {
      ...programPod(image),
      serviceAccountName: String(labels['app.kubernetes.io/name']),
      terminationGracePeriodSeconds: graceSeconds,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: elsewhere }],
        },
      },
      containers: [container(image)],
    },
  };
}

function container({ name, pullPolicy }: ProgramImage): V1Container {
  return {
    name: 'router',
    image: name,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    // What it allocates per request is short-lived: a small young generation keeps its memory small.
    command: ['node', '--max-semi-space-size=8', '/app/router.js'],
    args: [
      identityArguments,
      // All addresses, of whichever families the cluster has.
      ['--edge', `*:${ports.edge}`, '--internal', `*:${ports.internal}`, '--health', `*:${ports.health}`],
    ].flat(),
    env: identityVariables(),
    ports: Object.entries(ports).map(([port, containerPort]) => ({
      name: port,
      containerPort,
      protocol: 'TCP',
    })),
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'health' },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'health' },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    // No limit of CPU: a router that is throttled delays every request of every app.
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: { ...programSecurity },
  };
}
