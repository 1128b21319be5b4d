// Services. The embedded cluster keeps them; its router, not its network, leads to pods.
import { isIP } from 'node:net';
import * as z from 'zod';
import { anyObject, defineKind, numberOrName, textByName } from '../kind.ts';
import { validateLabels } from '../metadata.ts';
import { labelRule, portNameRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { validatePortNumber } from './validate-pod-spec.ts';

const affinities = ['ClientIP', 'None'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

const schema = z.looseObject({
  spec: z
    .looseObject({
      type: z.string().optional(),
      selector: textByName.optional(),
      clusterIP: z.string().optional(),
      clusterIPs: z.array(z.string()).optional(),
      ipFamilies: z.array(z.string()).optional(),
      ipFamilyPolicy: z.string().optional(),
      externalName: z.string().optional(),
      sessionAffinity: z.string().optional(),
      ports: z
        .array(
          z.looseObject({
            name: z.string().optional(),
            port: z.int().default(0),
            targetPort: numberOrName.optional(),
            protocol: z.string().optional(),
          }),
        )
        .optional(),
    })
    .prefault({}),
  status: anyObject.optional(),
});

type Spec = z.infer<typeof schema>['spec'];
type Port = NonNullable<Spec['ports']>[number];

/** A name for a set of pods. */
export const services = defineKind<z.infer<typeof schema>>({
  resource: 'services',
  singular: 'service',
  shortNames: ['svc'],
  inAll: true,
  subresources: ['status'],
  nameRule: labelRule,
  fields: ['spec.clusterIP', 'spec.type'],
  schema,
  firstStatus: { loadBalancer: {} },
  complete: (service) => ({ ...service, spec: completeSpec(service.spec) }),
  assign: (service, previous) => ({ ...service, spec: assignAddresses(service.spec, previous?.spec) }),
  validate: ({ spec }, problems) => validateSpec(spec, problems),
  validateChange({ spec }, { spec: before }, problems) {
    const { clusterIP = before.clusterIP ?? '' } = spec;
    const keeps = clusterIP === before.clusterIP || spec.type === 'ExternalName';
    if (!keeps && before.type !== 'ExternalName')
      problems.invalid('spec.clusterIPs[0]', [clusterIP], 'may not change once set');
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', description: 'How it is reached.', cell: ({ spec }) => spec.type ?? '' },
    {
      name: 'Cluster-IP',
      type: 'string',
      description: 'Its address.',
      cell: ({ spec }) => spec.clusterIP ?? '<none>',
    },
    {
      name: 'External-IP',
      type: 'string',
      description: 'Its outside address.',
      cell: ({ spec }) => spec.externalName ?? '<none>',
    },
    { name: 'Port(s)', type: 'string', description: 'Its ports.', cell: ({ spec }) => portsText(spec) },
    ageColumn,
    {
      name: 'Selector',
      type: 'string',
      wide: true,
      description: 'How it finds its pods.',
      cell: ({ spec }) => selectorOf(spec),
    },
  ],
});

function completeSpec(spec: Spec): Spec {
  const ports = spec.ports?.map((port) => ({ protocol: 'TCP', targetPort: port.port, ...port }));
  return {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ...(spec.type === 'ExternalName' ? {} : { internalTrafficPolicy: 'Cluster' }),
    ...spec,
    ...(ports === undefined ? {} : { ports }),
  };
}

/** Addresses are given once and stay. There is no network here that could have one for a Service: all are headless. */
function assignAddresses(spec: Spec, previous: Spec | undefined): Spec {
  if (spec.type === 'ExternalName') return spec;
  const { clusterIP = spec.clusterIP ?? 'None', ipFamilies, ipFamilyPolicy } = previous ?? {};
  return {
    ipFamilies: ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: ipFamilyPolicy ?? 'SingleStack',
    ...spec,
    clusterIP,
    clusterIPs: [clusterIP],
  };
}

function validateSpec(spec: Spec, problems: Problems): void {
  const { type = '', clusterIP = '', ports = [], sessionAffinity = '', selector } = spec;
  if (ports.length === 0 && type !== 'ExternalName' && clusterIP !== 'None') problems.required('spec.ports');
  for (const index of ports.keys()) validatePort(ports, index, problems);
  validateLabels(selector, 'spec.selector', problems);
  if (!affinities.includes(sessionAffinity))
    problems.unsupported('spec.sessionAffinity', sessionAffinity, affinities);
  if (clusterIP !== '' && clusterIP !== 'None' && isIP(clusterIP) === 0) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    problems.invalid('spec.clusterIPs[0]', clusterIP, detail);
  }
  if (!types.includes(type)) problems.unsupported('spec.type', type, types);
  if (type !== 'ExternalName') return;
  const { externalName = '' } = spec;
  if (externalName === '') problems.required('spec.externalName');
  else problems.invalidFor('spec.externalName', externalName, subdomainRule(externalName));
}

function validatePort(ports: readonly Port[], index: number, problems: Problems): void {
  const at = `spec.ports[${index}]`;
  const { name = '', port = 0, protocol = '', targetPort } = ports[index] ?? {};
  const before = ports.slice(0, index);
  if (name !== '') {
    problems.invalidFor(`${at}.name`, name, labelRule(name));
    if (before.some((other) => other.name === name)) problems.duplicate(`${at}.name`, name);
  } else if (ports.length > 1) problems.required(`${at}.name`);
  validatePortNumber(port, `${at}.port`, problems);
  if (!protocols.includes(protocol)) problems.unsupported(`${at}.protocol`, protocol, protocols);
  if (typeof targetPort === 'number') validatePortNumber(targetPort, `${at}.targetPort`, problems);
  else if (targetPort !== undefined)
    problems.invalidFor(`${at}.targetPort`, targetPort, portNameRule(targetPort));
  if (before.some((other) => other.port === port && other.protocol === protocol))
    problems.duplicate(at, { protocol, port });
}

function portsText({ ports = [] }: Spec): string {
  return ports.length === 0
    ? '<none>'
    : ports.map(({ port, protocol }) => `${port}/${protocol ?? 'TCP'}`).join(',');
}

function selectorOf({ selector = {} }: Spec): string {
  const pairs = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.toSorted().join(',');
}
