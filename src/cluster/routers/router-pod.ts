// The pod of a router: one process without any rights on its node, with probes on a port of their own.
import type { V1Container, V1PodTemplateSpec } from '@kubernetes/client-node';
import { annotation } from '../../core/labels.ts';

/** The image of a router. */
export interface RouterImage {
  /** Name by which pods run it. */
  readonly name: string;
  readonly pullPolicy?: 'Never';
  readonly pullSecrets: readonly string[];
}

/** What a router's pod is made of. */
export interface RouterPod {
  readonly labels: Readonly<Record<string, string>>;
  /** Those of the labels that tell routers' pods from all others. */
  readonly selector: Readonly<Record<string, string>>;
  readonly foxVersion: string;
  readonly image: RouterImage;
}

const ports = { edge: 8080, internal: 8081, health: 8082 } as const;

/** Anybody but root: the process owns nothing and writes nothing. */
const user = 65_532;

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
      serviceAccountName: String(labels['app.kubernetes.io/name']),
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: elsewhere }],
        },
      },
      ...(image.pullSecrets.length === 0
        ? {}
        : { imagePullSecrets: image.pullSecrets.map((name) => ({ name })) }),
      containers: [container(image)],
    },
  };
}

function container({ name, pullPolicy }: RouterImage): V1Container {
  return {
    name: 'router',
    image: name,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    // What it allocates per request is short-lived: a small young generation keeps its memory small.
    command: ['node', '--max-semi-space-size=8', '/app/router.js'],
    args: [
      ['--mode', 'kubernetes'],
      ['--namespace', '$(POD_NAMESPACE)', '--id', '$(POD_NAME)', '--uid', '$(POD_UID)'],
      // All addresses, of whichever families the cluster has.
      ['--edge', `*:${ports.edge}`, '--internal', `*:${ports.internal}`, '--health', `*:${ports.health}`],
    ].flat(),
    env: [
      fromPod('POD_NAMESPACE', 'metadata.namespace'),
      fromPod('POD_NAME', 'metadata.name'),
      fromPod('POD_UID', 'metadata.uid'),
    ],
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
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function fromPod(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
