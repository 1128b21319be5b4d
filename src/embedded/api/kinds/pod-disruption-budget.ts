// PodDisruptionBudgets. The embedded cluster keeps them; it never evicts a pod.
import * as z from 'zod';
import { defineKind, numberOrName } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { validateAmount } from './amount.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { selectorSchema, validateLabelSelector } from './label-selector.ts';

const policies = ['AlwaysAllow', 'IfHealthyBudget'];

const schema = z.looseObject({
  spec: z
    .looseObject({
      minAvailable: numberOrName.optional(),
      maxUnavailable: numberOrName.optional(),
      selector: selectorSchema.optional(),
      unhealthyPodEvictionPolicy: z.string().optional(),
    })
    .prefault({}),
  status: z.looseObject({ disruptionsAllowed: z.int().optional() }).optional(),
});

/** How many pods may be evicted at a time. */
export const podDisruptionBudgets = defineKind<z.infer<typeof schema>>({
  resource: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  subresources: ['status'],
  nameRule: subdomainRule,
  schema,
  firstStatus: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  validate({ spec }, problems) {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined)
      problems.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set');
    validateAmount(minAvailable, 'spec.minAvailable', problems);
    validateAmount(maxUnavailable, 'spec.maxUnavailable', problems);
    validateLabelSelector(selector ?? {}, 'spec.selector', problems);
    if (policy !== undefined && !policies.includes(policy))
      problems.unsupported('spec.unhealthyPodEvictionPolicy', policy, policies);
  },
  columns: [
    nameColumn,
    {
      name: 'Min Available',
      type: 'string',
      description: 'Pods that must serve.',
      cell: ({ spec }) => spec.minAvailable ?? 'N/A',
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'Pods that may be missing.',
      cell: ({ spec }) => spec.maxUnavailable ?? 'N/A',
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Pods that may be evicted now.',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
});
