// Pods.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { anyObject, defineKind } from '../kind.ts';
import { subdomainRule } from '../name-rules.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { completePodSpec, podSpecSchema } from './pod-spec.ts';
import { type Pod, podReady, podRestarts, podStatus } from './pod-state.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

const schema = z.looseObject({
  spec: podSpecSchema.prefault({}),
  status: anyObject.optional(),
});

/** One or more processes that run together. */
export const pods = defineKind<z.infer<typeof schema>>({
  resource: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  inAll: true,
  subresources: ['status', 'log'],
  nameRule: subdomainRule,
  fields: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  schema,
  firstStatus: { phase: 'Pending', qosClass: 'BestEffort' },
  complete: (pod) => ({ ...pod, spec: { enableServiceLinks: true, ...completePodSpec(pod.spec) } }),
  validate: (pod, problems) => validatePodSpec(pod.spec, 'spec', problems),
  validateChange(pod, previous, problems) {
    if (isDeepStrictEqual(pod.spec, previous.spec)) return;
    problems.forbidden(
      'spec',
      "pod updates may not change the spec (the embedded cluster doesn't change running pods)",
    );
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Containers that are ready, of all.',
      cell: (pod) => podReady(asPod(pod)),
    },
    {
      name: 'Status',
      type: 'string',
      description: 'State of the pod.',
      cell: (pod) => podStatus(asPod(pod)),
    },
    {
      name: 'Restarts',
      type: 'string',
      description: 'How often its containers were restarted.',
      cell: (pod, now) => podRestarts(asPod(pod), now),
    },
    ageColumn,
    {
      name: 'IP',
      type: 'string',
      wide: true,
      description: 'IP address of the pod.',
      cell: (pod) => asPod(pod).status?.podIP ?? '<none>',
    },
    {
      name: 'Node',
      type: 'string',
      wide: true,
      description: 'Node that the pod runs on.',
      cell: ({ spec }) => spec.nodeName ?? '<none>',
    },
    {
      name: 'Nominated Node',
      type: 'string',
      wide: true,
      description: 'Never one here.',
      cell: () => '<none>',
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      wide: true,
      description: 'Never one here.',
      cell: () => '<none>',
    },
  ],
});

/** The status is the runtime's: read with care rather than checked. */
function asPod(pod: unknown): Pod {
  return pod as Pod;
}
