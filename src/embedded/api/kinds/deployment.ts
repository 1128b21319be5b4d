// Deployments.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { anyObject, defineKind, textByName } from '../kind.ts';
import { validateLabels } from '../metadata.ts';
import { labelValueRule, qualifiedNameRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { matchesLabels, requirementsOf, selectorText } from '../selectors.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { completePodSpec, podSpecSchema, validatePodSpec } from './pod-spec.ts';

const selectorSchema = z.looseObject({
  matchLabels: textByName.optional(),
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() }))
    .optional(),
});

const schema = z.looseObject({
  spec: z
    .looseObject({
      replicas: z.int().optional(),
      selector: selectorSchema.optional(),
      template: z
        .looseObject({
          metadata: z
            .looseObject({ labels: textByName.optional(), annotations: textByName.optional() })
            .optional(),
          spec: podSpecSchema.prefault({}),
        })
        .prefault({}),
      strategy: z
        .looseObject({ type: z.string().optional(), rollingUpdate: anyObject.optional() })
        .optional(),
      minReadySeconds: z.int().optional(),
      paused: z.boolean().optional(),
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

const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%' };

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
    {
      name: 'Containers',
      type: 'string',
      wide: true,
      description: 'Names of the containers.',
      cell: ({ spec }) => spec.template.spec.containers.map(({ name }) => name).join(','),
    },
    {
      name: 'Images',
      type: 'string',
      wide: true,
      description: 'Images of the containers.',
      cell: ({ spec }) => spec.template.spec.containers.map(({ image }) => image ?? '').join(','),
    },
    {
      name: 'Selector',
      type: 'string',
      wide: true,
      description: 'How it finds its pods.',
      cell: ({ spec }) => selectorText(spec.selector ?? {}),
    },
  ],
});

function completeSpec(spec: Spec): Spec {
  const strategy = { type: 'RollingUpdate', ...spec.strategy };
  const rolling =
    strategy.type === 'RollingUpdate'
      ? { rollingUpdate: { ...rollingUpdate, ...strategy.rollingUpdate } }
      : {};
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: { ...strategy, ...rolling },
    template: { ...spec.template, spec: completePodSpec(spec.template.spec) },
  };
}

function validateSpec(spec: Spec, problems: Problems): void {
  for (const number of ['replicas', 'minReadySeconds'] as const) {
    const value = spec[number] ?? 0;
    if (value < 0) problems.invalid(`spec.${number}`, value, 'must be greater than or equal to 0');
  }
  const strategies = ['Recreate', 'RollingUpdate'];
  const strategy = spec.strategy?.type ?? '';
  if (!strategies.includes(strategy)) problems.unsupported('spec.strategy.type', strategy, strategies);
  validateSelector(spec, problems);
  const { metadata, spec: podSpec } = spec.template;
  validateLabels(metadata?.labels, 'spec.template.metadata.labels', problems);
  validatePodSpec(podSpec, 'spec.template.spec', problems);
  if (podSpec.restartPolicy !== 'Always') {
    problems.unsupported('spec.template.spec.restartPolicy', podSpec.restartPolicy, ['Always']);
  }
}

function validateSelector({ selector, template }: Spec, problems: Problems): void {
  if (selector === undefined) {
    problems.required('spec.selector');
    return;
  }
  validateLabels(selector.matchLabels, 'spec.selector.matchLabels', problems);
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    validateExpression(expression, `spec.selector.matchExpressions[${index}]`, problems);
  }
  const requirements = requirementsOf(selector);
  if (requirements.length === 0) {
    problems.invalid('spec.selector', selector, 'empty selector is invalid for deployment');
    return;
  }
  const labels = template.metadata?.labels;
  if (matchesLabels(requirements, labels)) return;
  problems.invalid(
    'spec.template.metadata.labels',
    labels ?? {},
    '`selector` does not match template `labels`',
  );
}

function validateExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] | undefined },
  field: string,
  problems: Problems,
): void {
  problems.invalidFor(`${field}.key`, key, qualifiedNameRule(key));
  for (const [index, value] of values.entries()) {
    problems.invalidFor(`${field}.values[${index}]`, value, labelValueRule(value));
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      problems.required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      problems.forbidden(
        `${field}.values`,
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      );
    }
  } else {
    problems.invalid(`${field}.operator`, operator, 'not a valid selector operator');
  }
}
