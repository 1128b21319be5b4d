// What Deployments and ReplicaSets have in common: a template of pods, and the selector that finds them.
import * as z from 'zod';
import { type Column, textByName } from '../kind.ts';
import { validateLabels } from '../metadata.ts';
import type { Problems } from '../problems.ts';
import { matchesLabels, requirementsOf, selectorText } from '../selectors.ts';
import { type selectorSchema, validateLabelSelector } from './label-selector.ts';
import { completePodSpec, podSpecSchema } from './pod-spec.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

/** Types of a template's members. */
export const podTemplateSchema = z.looseObject({
  metadata: z.looseObject({ labels: textByName.optional(), annotations: textByName.optional() }).optional(),
  spec: podSpecSchema.prefault({}),
});

type PodTemplate = z.infer<typeof podTemplateSchema>;

/** A spec with a template. */
interface TemplateSpec {
  readonly selector?: z.infer<typeof selectorSchema> | undefined;
  readonly template: PodTemplate;
}

/** The template with Kubernetes' defaults. */
export function completePodTemplate(template: PodTemplate): PodTemplate {
  return { ...template, spec: completePodSpec(template.spec) };
}

/** Checks a spec's template, and that its selector finds what is made of it. */
export function validatePodTemplate({ selector, template }: TemplateSpec, problems: Problems): void {
  validateSelector({ selector, template }, problems);
  const { metadata, spec } = template;
  validateLabels(metadata?.labels, 'spec.template.metadata.labels', problems);
  validatePodSpec(spec, 'spec.template.spec', problems);
  if (spec.restartPolicy !== 'Always') {
    problems.unsupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']);
  }
}

function validateSelector({ selector, template }: TemplateSpec, problems: Problems): void {
  if (selector === undefined) problems.required('spec.selector');
  const before = problems.causes.length;
  validateLabelSelector(selector ?? {}, 'spec.selector', problems);
  if (problems.causes.length > before) {
    problems.invalid('spec.selector', selector, 'invalid label selector');
    return;
  }
  const requirements = requirementsOf(selector ?? {});
  if (requirements.length === 0 && selector !== undefined)
    problems.invalid('spec.selector', selector, 'empty selector is invalid for deployment');
  const labels = template.metadata?.labels;
  // Without a selector, nothing is selected.
  if (selector !== undefined && matchesLabels(requirements, labels)) return;
  const mismatch = '`selector` does not match template `labels`';
  problems.invalid('spec.template.metadata.labels', labels ?? null, mismatch);
}

/** Columns that `-o wide` adds. */
export const podTemplateColumns: readonly Column<{ readonly spec: TemplateSpec }>[] = [
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
];
