// The rules of a pod's spec, in the order and the words of Kubernetes.
import { environmentNameRule, labelRule, portNameRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { compareQuantities } from '../quantity.ts';
import type { Container, PodSpec, Probe } from './pod-spec.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const maxUser = 2 ** 31 - 1;

/** Checks a pod's spec. */
export function validatePodSpec(spec: PodSpec, field: string, problems: Problems): void {
  const volumes = validateVolumes(spec, field, problems);
  if (spec.containers.length === 0) problems.required(`${field}.containers`);
  validateContainers(spec.containers, `${field}.containers`, volumes, problems);
  validateContainers(spec.initContainers ?? [], `${field}.initContainers`, volumes, problems);
  const { restartPolicy = '', dnsPolicy = '', serviceAccountName: account = '' } = spec;
  if (!restartPolicies.includes(restartPolicy))
    problems.unsupported(`${field}.restartPolicy`, restartPolicy, restartPolicies);
  if (!dnsPolicies.includes(dnsPolicy)) problems.unsupported(`${field}.dnsPolicy`, dnsPolicy, dnsPolicies);
  if (account !== '') problems.invalidFor(`${field}.serviceAccountName`, account, subdomainRule(account));
}

/** Checks volumes. Returns their names. */
function validateVolumes({ volumes = [] }: PodSpec, field: string, problems: Problems): Set<string> {
  const names = new Set<string>();
  for (const [index, { name, ...sources }] of volumes.entries()) {
    const at = `${field}.volumes[${index}]`;
    if (name === '') problems.required(`${at}.name`);
    else problems.invalidFor(`${at}.name`, name, labelRule(name));
    if (names.has(name)) problems.duplicate(`${at}.name`, name);
    names.add(name);
    const [, second] = Object.keys(sources).toSorted();
    if (second !== undefined)
      problems.forbidden(`${at}.${second}`, 'may not specify more than 1 volume type');
  }
  return names;
}

function validateContainers(
  containers: readonly Container[],
  field: string,
  volumes: ReadonlySet<string>,
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${field}[${index}]`;
    if (container.name === '') problems.required(`${at}.name`);
    else problems.invalidFor(`${at}.name`, container.name, labelRule(container.name));
    if (names.has(container.name)) problems.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    if ((container.image ?? '') === '') problems.required(`${at}.image`);
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      validateProbe(container, probe, `${at}.${probe}`, problems);
    validatePorts(container, at, problems);
    validateEnvironment(container, at, problems);
    validateMounts(container, at, volumes, problems);
    const { imagePullPolicy = '' } = container;
    if (!pullPolicies.includes(imagePullPolicy))
      problems.unsupported(`${at}.imagePullPolicy`, imagePullPolicy, pullPolicies);
    validateResources(container, `${at}.resources`, problems);
    validateSecurity(container, `${at}.securityContext`, problems);
  }
}

function validatePorts({ ports = [] }: Container, field: string, problems: Problems): void {
  const names = new Set<string>();
  for (const [index, { name = '', containerPort, hostPort = 0, protocol = '' }] of ports.entries()) {
    const at = `${field}.ports[${index}]`;
    if (name !== '') {
      problems.invalidFor(`${at}.name`, name, portNameRule(name));
      if (names.has(name)) problems.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (containerPort === 0) problems.required(`${at}.containerPort`);
    else validatePortNumber(containerPort, `${at}.containerPort`, problems);
    if (hostPort !== 0) validatePortNumber(hostPort, `${at}.hostPort`, problems);
    if (!protocols.includes(protocol)) problems.unsupported(`${at}.protocol`, protocol, protocols);
  }
}

/** Checks that a number can be a port. */
export function validatePortNumber(port: number, field: string, problems: Problems): void {
  if (port < 1 || port > 65_535) problems.invalid(field, port, 'must be between 1 and 65535, inclusive');
}

function validateEnvironment({ env = [] }: Container, field: string, problems: Problems): void {
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    const at = `${field}.env[${index}]`;
    if (name === '') problems.required(`${at}.name`);
    else problems.invalidFor(`${at}.name`, name, environmentNameRule(name));
    if (valueFrom === undefined) continue;
    const sources = Object.keys(valueFrom);
    if (sources.length === 0) {
      const list = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
      problems.invalid(`${at}.valueFrom`, '', `must specify one of: ${list}`);
    } else if (value !== '')
      problems.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty');
    else if (sources.length > 1)
      problems.invalid(`${at}.valueFrom`, '', 'may not have more than one field specified at a time');
  }
}

function validateMounts(
  { volumeMounts = [] }: Container,
  field: string,
  volumes: ReadonlySet<string>,
  problems: Problems,
): void {
  const paths = new Set<string>();
  for (const [index, { name, mountPath }] of volumeMounts.entries()) {
    const at = `${field}.volumeMounts[${index}]`;
    if (name === '') problems.required(`${at}.name`);
    else if (!volumes.has(name)) problems.notFound(`${at}.name`, name);
    if (mountPath === '') problems.required(`${at}.mountPath`);
    if (paths.has(mountPath)) problems.invalid(`${at}.mountPath`, mountPath, 'must be unique');
    paths.add(mountPath);
  }
}

function validateResources({ resources = {} }: Container, field: string, problems: Problems): void {
  const { limits = {}, requests = {} } = resources;
  const notNegative = (amounts: Readonly<Record<string, string>>, list: string) => {
    for (const [name, amount] of Object.entries(amounts)) {
      if (compareQuantities(amount, '0') < 0)
        problems.invalid(`${field}.${list}[${name}]`, amount, 'must be greater than or equal to 0');
    }
  };
  notNegative(limits, 'limits');
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit !== undefined && compareQuantities(amount, limit) > 0)
      problems.invalid(
        `${field}.requests`,
        amount,
        `must be less than or equal to ${name} limit of ${limit}`,
      );
  }
  notNegative(requests, 'requests');
}

function validateSecurity({ securityContext = {} }: Container, field: string, problems: Problems): void {
  const { runAsUser, runAsGroup, privileged, allowPrivilegeEscalation } = securityContext;
  for (const [name, id] of Object.entries({ runAsUser, runAsGroup })) {
    if (id !== undefined && (id < 0 || id > maxUser))
      problems.invalid(`${field}.${name}`, id, `must be between 0 and ${maxUser}, inclusive`);
  }
  if (privileged === true && allowPrivilegeEscalation === false) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    problems.invalid(field, securityContext, detail);
  }
}

function validateProbe(
  container: Container,
  name: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  field: string,
  problems: Problems,
): void {
  const probe = container[name];
  if (probe === undefined) return;
  const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => probe[handler] !== undefined);
  if (handlers.length === 0) problems.required(field, 'must specify a handler type');
  validateProbePorts(probe, handlers, field, problems);
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
  const { successThreshold = 1 } = probe;
  if (name !== 'readinessProbe' && successThreshold !== 1)
    problems.invalid(`${field}.successThreshold`, successThreshold, 'must be 1');
}

function validateProbePorts(
  probe: Probe,
  handlers: readonly string[],
  field: string,
  problems: Problems,
): void {
  for (const [index, handler] of handlers.entries()) {
    if (index > 0) {
      problems.forbidden(`${field}.${handler}`, 'may not specify more than 1 handler type');
    } else if (handler === 'httpGet' || handler === 'tcpSocket') {
      const port = probe[handler]?.port;
      if (typeof port === 'number') validatePortNumber(port, `${field}.${handler}.port`, problems);
      else if (port !== undefined) problems.invalidFor(`${field}.${handler}.port`, port, portNameRule(port));
    }
  }
}
