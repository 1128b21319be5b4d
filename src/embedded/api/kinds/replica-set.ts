// ReplicaSets.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { selectorSchema } from './label-selector.ts';
import {
  completePodTemplate,
  podTemplateColumns,
  podTemplateSchema,
  validatePodTemplate,
} from './pod-template.ts';

const schema = z.looseObject({
  spec: z
    .looseObject({
      replicas: z.int().optional(),
      minReadySeconds: z.int().optional(),
      selector: selectorSchema.optional(),
      template: podTemplateSchema.prefault({}),
    })
    .prefault({}),
  status: z.looseObject({ replicas: z.int().optional(), readyReplicas: z.int().optional() }).optional(),
});

/** So many pods of one template; Deployments make them. */
export const replicaSets = defineKind<z.infer<typeof schema>>({
  resource: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  inAll: true,
  subresources: ['status', 'scale'],
  nameRule: subdomainRule,
  fields: ['status.replicas'],
  schema,
  firstStatus: { replicas: 0 },
  complete: (set) => ({
    ...set,
    spec: { replicas: 1, ...set.spec, template: completePodTemplate(set.spec.template) },
  }),
  validate({ spec }, problems) {
    for (const number of ['replicas', 'minReadySeconds'] as const) {
      const value = spec[number] ?? 0;
      if (value < 0) problems.invalid(`spec.${number}`, value, 'must be greater than or equal to 0');
    }
    validatePodTemplate(spec, problems);
  },
  validateChange({ spec }, previous, problems) {
    if (isDeepStrictEqual(spec.selector, previous.spec.selector)) return;
    problems.invalid('spec.selector', spec.selector, 'field is immutable');
  },
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description: 'Pods that are wanted.',
      cell: ({ spec }) => spec.replicas ?? 1,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'Pods that there are.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'Pods that are ready.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...podTemplateColumns,
  ],
});
