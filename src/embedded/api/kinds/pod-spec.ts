// The spec of a pod: its shape, and what Kubernetes fills in; pods and templates of them share it.
import * as z from 'zod';
import { anyObject, numberOrName, textByName } from '../kind.ts';

const probeSchema = z.looseObject({
  httpGet: z
    .looseObject({ path: z.string().optional(), port: numberOrName, scheme: z.string().optional() })
    .optional(),
  tcpSocket: z.looseObject({ port: numberOrName }).optional(),
  exec: z.looseObject({ command: z.array(z.string()).optional() }).optional(),
  grpc: anyObject.optional(),
  initialDelaySeconds: z.int().optional(),
  timeoutSeconds: z.int().optional(),
  periodSeconds: z.int().optional(),
  successThreshold: z.int().optional(),
  failureThreshold: z.int().optional(),
});

const portSchema = z.looseObject({
  name: z.string().optional(),
  containerPort: z.int().default(0),
  hostPort: z.int().optional(),
  protocol: z.string().optional(),
});

const environmentSchema = z.looseObject({
  name: z.string().default(''),
  value: z.string().optional(),
  valueFrom: anyObject.optional(),
});

const containerSchema = z.looseObject({
  name: z.string().default(''),
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  ports: z.array(portSchema).optional(),
  env: z.array(environmentSchema).optional(),
  envFrom: z.array(anyObject).optional(),
  resources: z
    .looseObject({
      limits: z.record(z.string(), z.string()).optional(),
      requests: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  volumeMounts: z
    .array(z.looseObject({ name: z.string().default(''), mountPath: z.string().default('') }))
    .optional(),
  securityContext: z
    .looseObject({
      runAsUser: z.int().optional(),
      runAsGroup: z.int().optional(),
      privileged: z.boolean().optional(),
      allowPrivilegeEscalation: z.boolean().optional(),
    })
    .optional(),
  readinessProbe: probeSchema.optional(),
  livenessProbe: probeSchema.optional(),
  startupProbe: probeSchema.optional(),
  lifecycle: anyObject.optional(),
  imagePullPolicy: z.string().optional(),
  terminationMessagePath: z.string().optional(),
  terminationMessagePolicy: z.string().optional(),
});

/** Types of a pod spec's members. */
export const podSpecSchema = z.looseObject({
  containers: z.array(containerSchema).default([]),
  initContainers: z.array(containerSchema).optional(),
  restartPolicy: z.string().optional(),
  terminationGracePeriodSeconds: z.int().optional(),
  dnsPolicy: z.string().optional(),
  schedulerName: z.string().optional(),
  securityContext: anyObject.optional(),
  nodeName: z.string().optional(),
  nodeSelector: textByName.optional(),
  serviceAccountName: z.string().optional(),
  volumes: z.array(z.looseObject({ name: z.string().default('') })).optional(),
  enableServiceLinks: z.boolean().optional(),
});

/** A pod's spec. */
export type PodSpec = z.infer<typeof podSpecSchema>;
/** One of a pod's containers. */
export type Container = z.infer<typeof containerSchema>;
/** How health is asked for. */
export type Probe = z.infer<typeof probeSchema>;

/** The spec with Kubernetes' defaults. */
export function completePodSpec(spec: PodSpec): PodSpec {
  const { serviceAccountName, volumes } = spec;
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    ...(serviceAccountName === undefined ? {} : { serviceAccount: serviceAccountName }),
    ...(volumes === undefined ? {} : { volumes: volumes.map(completeVolume) }),
    containers: spec.containers.map(completeContainer),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: spec.initContainers.map(completeContainer) }),
  };
}

function completeContainer(container: Container): Container {
  const { readinessProbe, livenessProbe, startupProbe, ports, env } = container;
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(container.image ?? ''),
    ...container,
    ...(ports === undefined ? {} : { ports: ports.map((port) => ({ protocol: 'TCP', ...port })) }),
    ...(env === undefined ? {} : { env: env.map(completeVariable) }),
    ...(readinessProbe === undefined ? {} : { readinessProbe: completeProbe(readinessProbe) }),
    ...(livenessProbe === undefined ? {} : { livenessProbe: completeProbe(livenessProbe) }),
    ...(startupProbe === undefined ? {} : { startupProbe: completeProbe(startupProbe) }),
  };
}

function completeVariable<T extends { readonly valueFrom?: object | undefined }>(variable: T): T {
  const { valueFrom } = variable;
  if (valueFrom === undefined || !('fieldRef' in valueFrom)) return variable;
  return { ...variable, valueFrom: { ...valueFrom, fieldRef: completeFieldReference(valueFrom.fieldRef) } };
}

function completeFieldReference(reference: unknown): object {
  return { apiVersion: 'v1', ...(reference as object) };
}

/** Kinds of volumes that are files, and so have a mode. */
const filed = ['configMap', 'secret', 'downwardAPI', 'projected'];
const fileMode = 0o644;

function completeVolume<T extends object>(volume: T): T {
  const entries = Object.entries(volume).map(([source, content]: [string, unknown]) => {
    if (!filed.includes(source)) return [source, content] as const;
    return [source, { defaultMode: fileMode, ...(content as object) }] as const;
  });
  return Object.fromEntries(entries) as T;
}

function pullPolicy(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const latest = !name.includes('@') && (!name.includes(':') || name.endsWith(':latest'));
  return latest ? 'Always' : 'IfNotPresent';
}

function completeProbe(probe: Probe): Probe {
  const { httpGet } = probe;
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...probe,
    ...(httpGet === undefined ? {} : { httpGet: { path: '/', scheme: 'HTTP', ...httpGet } }),
  };
}
