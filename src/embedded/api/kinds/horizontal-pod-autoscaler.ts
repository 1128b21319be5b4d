// HorizontalPodAutoscalers. The embedded cluster keeps them; it has no metrics to scale by.
import * as z from 'zod';
import { anyObject, defineKind } from '../kind.ts';
import { pathSegmentRule, subdomainRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';

const schema = z.looseObject({
  spec: z
    .looseObject({
      scaleTargetRef: z
        .looseObject({
          apiVersion: z.string().default(''),
          kind: z.string().default(''),
          name: z.string().default(''),
        })
        .prefault({}),
      minReplicas: z.int().optional(),
      maxReplicas: z.int().default(0),
      metrics: z.array(anyObject).optional(),
      behavior: anyObject.optional(),
    })
    .prefault({}),
  status: z.looseObject({ currentReplicas: z.int().optional() }).optional(),
});

/** What Kubernetes scales by, if nothing is said. */
const defaultMetrics = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
];

/** How many pods something may have, and what decides it. */
export const horizontalPodAutoscalers = defineKind<z.infer<typeof schema>>({
  resource: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  inAll: true,
  subresources: ['status'],
  nameRule: subdomainRule,
  schema,
  firstStatus: { desiredReplicas: 0 },
  complete: (scaler) => ({
    ...scaler,
    spec: { minReplicas: 1, metrics: defaultMetrics, ...scaler.spec },
  }),
  validate({ spec: { scaleTargetRef, minReplicas = 1, maxReplicas } }, problems) {
    if (minReplicas < 1)
      problems.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
    if (maxReplicas === 0) problems.required('spec.maxReplicas', 'must be set and greater than 0');
    else if (maxReplicas < 0)
      problems.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1');
    if (maxReplicas < minReplicas)
      problems.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
    for (const member of ['kind', 'name'] as const) {
      const field = `spec.scaleTargetRef.${member}`;
      const value = scaleTargetRef[member];
      if (value === '') problems.required(field);
      else problems.invalidFor(field, value, pathSegmentRule(value));
    }
    const { apiVersion } = scaleTargetRef;
    if (!apiVersion.includes('/'))
      problems.invalid('spec.scaleTargetRef.apiVersion', apiVersion, 'apiVersion must specify API group');
  },
  columns: [
    nameColumn,
    {
      name: 'Reference',
      type: 'string',
      description: 'What it scales.',
      cell: ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
    },
    {
      name: 'Targets',
      type: 'string',
      description: 'What it scales by.',
      cell: ({ spec }) => (spec.metrics ?? []).map(metricText).join(', ') || '<none>',
    },
    {
      name: 'MinPods',
      type: 'string',
      description: 'Fewest pods.',
      cell: ({ spec }) => spec.minReplicas ?? '<unset>',
    },
    { name: 'MaxPods', type: 'string', description: 'Most pods.', cell: ({ spec }) => spec.maxReplicas },
    {
      name: 'Replicas',
      type: 'string',
      description: 'Pods that there are.',
      cell: ({ status }) => status?.currentReplicas ?? 0,
    },
    ageColumn,
  ],
});

/** A metric as kubectl shows it, where nothing is measured. */
function metricText(metric: object): string {
  const { resource } = metric as {
    readonly resource?: {
      readonly name?: string;
      readonly target?: { readonly averageUtilization?: number };
    };
  };
  const utilization = resource?.target?.averageUtilization;
  if (resource === undefined) return '<unknown>';
  return `${resource.name ?? ''}: <unknown>/${utilization === undefined ? '<auto>' : `${utilization}%`}`;
}
