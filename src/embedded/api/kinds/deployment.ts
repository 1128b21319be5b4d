// Deployments.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defineKind, numberOrName } from '../kind.ts';
import { validateAmount } from './amount.ts';
import { subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
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
      selector: selectorSchema.optional(),
      template: podTemplateSchema.prefault({}),
      strategy: z
        .looseObject({
          type: z.string().optional(),
          rollingUpdate: z
            .looseObject({ maxSurge: numberOrName.optional(), maxUnavailable: numberOrName.optional() })
            .optional(),
        })
        .optional(),
      minReadySeconds: z.int().optional(),
      paused: z.boolean().optional(),
      revisionHistoryLimit: z.int().optional(),
      progressDeadlineSeconds: z.int().optional(),
    })
    .prefault({}),
  status: z
    .looseObject({
      replicas: z.int().optional(),
      readyReplicas: z.int().optional(),
      updatedReplicas: z.int().optional(),
      availableReplicas: z.int().optional(),
    })
    .optional(),
});

type Deployment = z.infer<typeof schema>;
type Spec = Deployment['spec'];

const defaultBounds = { maxUnavailable: '25%', maxSurge: '25%' };

/** Pods of one template, as many as wanted. */
export const deployments = defineKind<Deployment>({
  resource: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  inAll: true,
  subresources: ['status', 'scale'],
  nameRule: subdomainRule,
  schema,
  firstStatus: {},
  complete: (deployment) => ({ ...deployment, spec: completeSpec(deployment.spec) }),
  validate: ({ spec }, problems) => validateSpec(spec, problems),
  validateChange({ spec }, previous, problems) {
    if (isDeepStrictEqual(spec.selector, previous.spec.selector)) return;
    problems.invalid('spec.selector', spec.selector, 'field is immutable');
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of those wanted.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'Pods of the current template.',
      cell: ({ status }) => status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description: 'Pods that serve.',
      cell: ({ status }) => status?.availableReplicas ?? 0,
    },
    ageColumn,
    ...podTemplateColumns,
  ],
});

function completeSpec(spec: Spec): Spec {
  const strategy = { type: 'RollingUpdate', ...spec.strategy };
  const rolling =
    strategy.type === 'RollingUpdate'
      ? { rollingUpdate: { ...defaultBounds, ...strategy.rollingUpdate } }
      : {};
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: { ...strategy, ...rolling },
    template: completePodTemplate(spec.template),
  };
}

function validateSpec(spec: Spec, problems: Problems): void {
  validatePodTemplate(spec, problems);
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  for (const number of ['replicas', 'minReadySeconds'] as const) notNegative(spec, number, problems);
  validateStrategy(spec.strategy ?? {}, problems);
  for (const number of ['revisionHistoryLimit', 'progressDeadlineSeconds'] as const)
    notNegative(spec, number, problems);
  if (deadline !== undefined && deadline <= minReadySeconds)
    problems.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
}

function notNegative(
  spec: Spec,
  number: 'replicas' | 'minReadySeconds' | 'revisionHistoryLimit' | 'progressDeadlineSeconds',
  problems: Problems,
): void {
  const value = spec[number] ?? 0;
  if (value < 0) problems.invalid(`spec.${number}`, value, 'must be greater than or equal to 0');
}

function validateStrategy(strategy: NonNullable<Spec['strategy']>, problems: Problems): void {
  const types = ['Recreate', 'RollingUpdate'];
  const { type = '', rollingUpdate } = strategy;
  const field = 'spec.strategy.rollingUpdate';
  if (!types.includes(type)) problems.unsupported('spec.strategy', strategy, types);
  if (rollingUpdate === undefined) return;
  if (type === 'Recreate') {
    problems.forbidden(field, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  const { maxSurge = 0, maxUnavailable = 0 } = rollingUpdate;
  if (isNone(maxSurge) && isNone(maxUnavailable))
    problems.invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  validateAmount(maxSurge, `${field}.maxSurge`, problems, Infinity);
  validateAmount(maxUnavailable, `${field}.maxUnavailable`, problems);
}

function isNone(amount: number | string): boolean {
  return amount === 0 || amount === '0%';
}
