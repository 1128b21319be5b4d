// The spec of a pod: its shape, what Kubernetes fills in, and its rules; pods and templates of Deployments share it.
import * as z from 'zod';
import { anyObject, numberOrName, textByName } from '../kind.ts';
import { environmentNameRule, labelRule, portNameRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';

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
  resources: anyObject.optional(),
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
  enableServiceLinks: z.boolean().optional(),
});

/** A pod's spec. */
export type PodSpec = z.infer<typeof podSpecSchema>;
type Container = z.infer<typeof containerSchema>;
type Probe = z.infer<typeof probeSchema>;

/** The spec with Kubernetes' defaults. */
export function completePodSpec(spec: PodSpec): PodSpec {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    containers: spec.containers.map(completeContainer),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: spec.initContainers.map(completeContainer) }),
  };
}

function completeContainer(container: Container): Container {
  const { readinessProbe, livenessProbe, startupProbe, ports } = container;
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(container.image ?? ''),
    ...container,
    ...(ports === undefined ? {} : { ports: ports.map((port) => ({ protocol: 'TCP', ...port })) }),
    ...(readinessProbe === undefined ? {} : { readinessProbe: completeProbe(readinessProbe) }),
    ...(livenessProbe === undefined ? {} : { livenessProbe: completeProbe(livenessProbe) }),
    ...(startupProbe === undefined ? {} : { startupProbe: completeProbe(startupProbe) }),
  };
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

/** Checks a pod's spec. */
export function validatePodSpec(spec: PodSpec, field: string, problems: Problems): void {
  if (spec.containers.length === 0) problems.required(`${field}.containers`);
  const restartPolicies = ['Always', 'OnFailure', 'Never'];
  if (!restartPolicies.includes(spec.restartPolicy ?? '')) {
    problems.unsupported(`${field}.restartPolicy`, spec.restartPolicy ?? '', restartPolicies);
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    problems.invalid(
      `${field}.terminationGracePeriodSeconds`,
      spec.terminationGracePeriodSeconds,
      'must be greater than or equal to 0',
    );
  }
  if (spec.serviceAccountName !== undefined && spec.serviceAccountName !== '') {
    const { serviceAccountName } = spec;
    problems.invalidFor(`${field}.serviceAccountName`, serviceAccountName, subdomainRule(serviceAccountName));
  }
  validateContainers(spec.initContainers ?? [], `${field}.initContainers`, problems);
  validateContainers(spec.containers, `${field}.containers`, problems);
}

function validateContainers(containers: readonly Container[], field: string, problems: Problems): void {
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${field}[${index}]`;
    if (container.name === '') problems.required(`${at}.name`);
    else problems.invalidFor(`${at}.name`, container.name, labelRule(container.name));
    if (names.has(container.name)) problems.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    if (container.image === undefined || container.image === '') problems.required(`${at}.image`);
    else if (container.image !== container.image.trim()) {
      problems.invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace');
    }
    validatePorts(container, at, problems);
    validateEnvironment(container, at, problems);
    for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe'] as const) {
      const given = container[probe];
      if (given !== undefined) validateProbe(given, `${at}.${probe}`, problems);
    }
  }
}

function validatePorts({ ports = [] }: Container, field: string, problems: Problems): void {
  const names = new Set<string>();
  for (const [index, { name, containerPort, protocol = '' }] of ports.entries()) {
    const at = `${field}.ports[${index}]`;
    if (name !== undefined && name !== '') {
      problems.invalidFor(`${at}.name`, name, portNameRule(name));
      if (names.has(name)) problems.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (containerPort === 0) problems.required(`${at}.containerPort`);
    else validatePortNumber(containerPort, `${at}.containerPort`, problems);
    const protocols = ['SCTP', 'TCP', 'UDP'];
    if (!protocols.includes(protocol)) problems.unsupported(`${at}.protocol`, protocol, protocols);
  }
}

/** Checks that a number can be a port. */
export function validatePortNumber(port: number, field: string, problems: Problems): void {
  if (port < 1 || port > 65_535) problems.invalid(field, port, 'must be between 1 and 65535, inclusive');
}

function validateEnvironment({ env = [] }: Container, field: string, problems: Problems): void {
  for (const [index, { name, value, valueFrom }] of env.entries()) {
    const at = `${field}.env[${index}]`;
    if (name === '') problems.required(`${at}.name`);
    else problems.invalidFor(`${at}.name`, name, environmentNameRule(name));
    if (value !== undefined && value !== '' && valueFrom !== undefined) {
      problems.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  }
}

function validateProbe(probe: Probe, field: string, problems: Problems): void {
  const handlers = ['exec', 'grpc', 'httpGet', 'tcpSocket'].filter((handler) => probe[handler] !== undefined);
  if (handlers.length === 0) problems.required(field, 'must specify a handler type');
  for (const handler of handlers.slice(1)) {
    problems.forbidden(`${field}.${handler}`, 'may not specify more than 1 handler type');
  }
  for (const handler of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[handler]?.port;
    if (typeof port === 'number') validatePortNumber(port, `${field}.${handler}.port`, problems);
    else if (port !== undefined) problems.invalidFor(`${field}.${handler}.port`, port, portNameRule(port));
  }
  for (const number of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    const value = probe[number] ?? 0;
    if (value < 0) problems.invalid(`${field}.${number}`, value, 'must be greater than or equal to 0');
  }
}
