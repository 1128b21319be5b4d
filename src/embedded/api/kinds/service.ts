// Services and ServiceAccounts. The embedded cluster keeps them; its router, not its network, leads to pods.
import * as z from 'zod';
import { anyObject, defineKind, numberOrName, textByName } from '../kind.ts';
import { label1035Rule, labelRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { validatePortNumber } from './pod-spec.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

const schema = z.looseObject({
  spec: z
    .looseObject({
      type: z.string().optional(),
      selector: textByName.optional(),
      clusterIP: z.string().optional(),
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

/** A name for a set of pods. */
export const services = defineKind<z.infer<typeof schema>>({
  resource: 'services',
  singular: 'service',
  shortNames: ['svc'],
  inAll: true,
  subresources: ['status'],
  nameRule: label1035Rule,
  fields: ['spec.clusterIP', 'spec.type'],
  schema,
  firstStatus: { loadBalancer: {} },
  complete: (service) => ({ ...service, spec: completeSpec(service.spec) }),
  validate: ({ spec }, problems) => validateSpec(spec, problems),
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

const accountSchema = z.looseObject({ secrets: z.array(anyObject).optional() });

/** Whom a pod acts as. */
export const serviceAccounts = defineKind<z.infer<typeof accountSchema>>({
  resource: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  nameRule: subdomainRule,
  schema: accountSchema,
  columns: [
    nameColumn,
    {
      name: 'Secrets',
      type: 'string',
      description: 'Number of its secrets.',
      cell: ({ secrets = [] }) => secrets.length,
    },
    ageColumn,
  ],
});

function completeSpec(spec: Spec): Spec {
  const ports = spec.ports?.map((port) => ({ protocol: 'TCP', targetPort: port.port, ...port }));
  return {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ...(spec.type === 'ExternalName' ? {} : { clusterIP: 'None' }),
    ...spec,
    ...(ports === undefined ? {} : { ports }),
  };
}

function validateSpec(spec: Spec, problems: Problems): void {
  if (!types.includes(spec.type ?? '')) problems.unsupported('spec.type', spec.type ?? '', types);
  if (spec.type === 'ExternalName') {
    const { externalName = '' } = spec;
    if (externalName === '') problems.required('spec.externalName');
    else problems.invalidFor('spec.externalName', externalName, subdomainRule(externalName));
  }
  const ports = spec.ports ?? [];
  for (const [index, { name = '', port, protocol = '' }] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (name !== '') problems.invalidFor(`${at}.name`, name, labelRule(name));
    else if (ports.length > 1) problems.required(`${at}.name`);
    validatePortNumber(port, `${at}.port`, problems);
    const protocols = ['SCTP', 'TCP', 'UDP'];
    if (!protocols.includes(protocol)) problems.unsupported(`${at}.protocol`, protocol, protocols);
    const twin = ports.findIndex(
      (other) => other.name === name || (other.port === port && other.protocol === protocol),
    );
    if (twin < index) problems.duplicate(at, ports[index]);
  }
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
