// Ingresses. The embedded cluster keeps them; its router's own address is its only way in.
import { isIP } from 'node:net';
import * as z from 'zod';
import { anyObject, defineKind } from '../kind.ts';
import { labelRule, portNameRule, subdomainRule, wildcardSubdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { validatePortNumber } from './validate-pod-spec.ts';

const backendSchema = z.looseObject({
  service: z
    .looseObject({
      name: z.string().optional(),
      port: z.looseObject({ name: z.string().optional(), number: z.int().optional() }).optional(),
    })
    .optional(),
  resource: anyObject.optional(),
});

const pathSchema = z.looseObject({
  path: z.string().optional(),
  pathType: z.string().optional(),
  backend: backendSchema.optional(),
});

const schema = z.looseObject({
  spec: z
    .looseObject({
      ingressClassName: z.string().optional(),
      defaultBackend: backendSchema.optional(),
      rules: z
        .array(
          z.looseObject({
            host: z.string().optional(),
            http: z.looseObject({ paths: z.array(pathSchema).default([]) }).optional(),
          }),
        )
        .optional(),
      tls: z.array(anyObject).optional(),
    })
    .prefault({}),
  status: anyObject.optional(),
});

type Spec = z.infer<typeof schema>['spec'];
type Backend = z.infer<typeof backendSchema>;
type Path = z.infer<typeof pathSchema>;

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEndings = ['/..', '/.'];
const shownHosts = 3;

/** Which Service gets what comes from outside. */
export const ingresses = defineKind<z.infer<typeof schema>>({
  resource: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  subresources: ['status'],
  nameRule: subdomainRule,
  schema,
  firstStatus: { loadBalancer: {} },
  validate({ spec }, problems) {
    const { rules = [], defaultBackend, ingressClassName } = spec;
    if (rules.length === 0 && defaultBackend === undefined)
      problems.invalid('spec', null, 'either `defaultBackend` or `rules` must be specified');
    if (defaultBackend !== undefined) validateBackend(defaultBackend, 'spec.defaultBackend', problems);
    validateRules(spec, problems);
    if (ingressClassName !== undefined)
      problems.invalidFor('spec.ingressClassName', ingressClassName, subdomainRule(ingressClassName));
  },
  columns: [
    nameColumn,
    {
      name: 'Class',
      type: 'string',
      description: 'Who carries it out.',
      cell: ({ spec }) => spec.ingressClassName ?? '<none>',
    },
    { name: 'Hosts', type: 'string', description: 'Names it is for.', cell: ({ spec }) => hostsText(spec) },
    { name: 'Address', type: 'string', description: 'Where it is reached.', cell: () => '' },
    {
      name: 'Ports',
      type: 'string',
      description: 'Its ports.',
      cell: ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80'),
    },
    ageColumn,
  ],
});

function validateRules({ rules = [] }: Spec, problems: Problems): void {
  for (const [index, { host = '', http }] of rules.entries()) {
    const at = `spec.rules[${index}]`;
    if (isIP(host) !== 0) problems.invalid(`${at}.host`, host, 'must be a DNS name, not an IP address');
    if (host.includes('*')) problems.invalidFor(`${at}.host`, host, wildcardSubdomainRule(host));
    else if (host !== '') problems.invalidFor(`${at}.host`, host, subdomainRule(host));
    if (http === undefined) continue;
    if (http.paths.length === 0) problems.required(`${at}.http.paths`);
    for (const [position, path] of http.paths.entries())
      validatePath(path, `${at}.http.paths[${position}]`, problems);
  }
}

function validatePath({ path = '', pathType, backend = {} }: Path, field: string, problems: Problems): void {
  if (pathType === undefined) {
    problems.required(`${field}.pathType`, 'pathType must be specified');
    return;
  }
  const isFree = pathType === 'ImplementationSpecific';
  if (!pathTypes.includes(pathType)) problems.unsupported(`${field}.pathType`, pathType, pathTypes);
  else if (!path.startsWith('/') && !(isFree && path === ''))
    problems.invalid(`${field}.path`, path, 'must be an absolute path');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    for (const sequence of badSequences.filter((one) => path.includes(one)))
      problems.invalid(`${field}.path`, path, `must not contain '${sequence}'`);
    for (const ending of badEndings.filter((one) => path.endsWith(one)))
      problems.invalid(`${field}.path`, path, `cannot end with '${ending}'`);
  }
  validateBackend(backend, `${field}.backend`, problems);
}

function validateBackend({ service, resource }: Backend, field: string, problems: Problems): void {
  if (service !== undefined && resource !== undefined)
    problems.invalid(field, '', 'cannot set both resource and service backends');
  else if (service === undefined) {
    if (resource === undefined) problems.invalid(field, '', 'resource or service backend is required');
  } else {
    const { name = '', port: { name: portName = '', number = 0 } = {} } = service;
    if (name === '') problems.required(`${field}.service.name`);
    else problems.invalidFor(`${field}.service.name`, name, labelRule(name));
    if (portName !== '' && number !== 0)
      problems.invalid(field, '', 'cannot set both port name & port number');
    else if (portName !== '')
      problems.invalidFor(`${field}.service.port.name`, portName, portNameRule(portName));
    else if (number !== 0) validatePortNumber(number, `${field}.service.port.number`, problems);
    else problems.required(field, 'port name or number is required');
  }
}

function hostsText({ rules = [] }: Spec): string {
  const hosts = rules.slice(0, shownHosts).flatMap(({ host = '' }) => (host === '' ? [] : [host]));
  if (hosts.length === 0) return '*';
  const more = rules.length > shownHosts ? ` + ${rules.length - shownHosts} more...` : '';
  return `${hosts.join(',')}${more}`;
}
